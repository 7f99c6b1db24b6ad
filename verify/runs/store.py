"""Results on disk: one JSON a claim, named by the digest of all that it depends on, and `results.json`.

A file is written beside its place and moved there in one step, so that a reader meets the old file or the
new one. What can nevertheless not be read is worth a warning and a fresh computation, never a traceback.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import sys
import uuid
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from ..verdict import CLAIM_VERDICTS, STATEMENT_VERDICTS

SCHEMA = 1
RESULTS = "results.json"
FIGURES = "figures.json"  # the numbers behind the figures of these results
SOURCES = "sources.json"  # where the claim files lie on this machine; no part of the results
PACKAGES = ("mpmath", "numpy", "python-flint", "scikit-learn", "scipy", "sympy", "torch")
_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("verify", "derivations", "numerics")
_KEY = re.compile(r"[0-9a-f]{64}")
_SAFE_INTEGER = 2**53  # beyond it a JSON reader may round


class StoreError(ValueError):
    """Results that cannot be read or written, and why, in one sentence."""


class Store:
    """Results by key, in one folder.

    Attributes:
        warnings: a sentence for each file that was there and could not be used.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.warnings: list[str] = []

    def path(self, key: str) -> Path:
        """Where the result of a key lies."""
        if not _KEY.fullmatch(key):
            raise StoreError(f"not a key of this store: {key!r} (64 hexadecimal digits make a key)")
        return self.folder / f"{key}.json"

    def load(self, key: str, id_: str | None = None) -> dict[str, Any] | None:
        """The result saved under a key, of the claim `id_`, or None if there is none that can be used."""
        path = self.path(key)
        try:
            saved = _read(path)
        except FileNotFoundError:
            return None
        except StoreError as error:
            self.warnings.append(f"{error}; it is computed again")
            return None
        result = saved.get("result")
        if saved.get("key") != key or not isinstance(result, dict) or id_ not in (None, result.get("id")):
            self.warnings.append(f"{path.name} does not hold the result that its name says; it is computed again")
            return None
        if saved.get("digest") != _digest(result) or ({"id", "verdict"} <= result.keys() and _misshapen(result)):
            self.warnings.append(f"{path.name} was changed after it was saved; it is computed again")
            return None
        return result

    def save(self, key: str, result: Mapping[str, Any]) -> Path:
        """Keep a result. Whoever loads the key meanwhile gets the old result or the new one, nothing between."""
        path = self.path(key)
        kept = plain(result)
        write_atomically(path, _dump({"key": key, "digest": _digest(kept), "result": kept}))
        return path


def result_key(
    claim_digest: str, *, seed: int, profile: str, device: str, code: str, packages: Mapping[str, str]
) -> str:
    """The name under which a claim's result is kept: the digest of everything that the result depends on.

    Args:
        claim_digest: of the claim's own text and its settings, `Claim.digest`.
        device: the kind of device, "cpu" or "cuda"; its rounding enters the result.
        code: `code_digest()`.
        packages: `package_versions()`.
    """
    parts = {
        "schema": SCHEMA,
        "claim": claim_digest,
        "seed": seed,
        "profile": profile,
        "device": device,
        "code": code,
        "packages": dict(packages),
        "python": list(sys.version_info[:2]),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Digest of the program's own text, but for the reports: how a result is shown does not change it."""
    sources = [path for name in _CODE for path in (_ROOT / name).rglob("*.py")]
    return digest_of_files((p for p in sources if "report" not in p.relative_to(_ROOT).parts), _ROOT)


def program_digest() -> str:
    """Digest of every file of the program, the reports and the shipped papers included."""
    files = (path for name in _CODE for path in (_ROOT / name).rglob("*"))
    return digest_of_files((p for p in files if p.is_file() and p.parent.name != "__pycache__"), _ROOT)


def digest_of_files(paths: Iterable[Path], base: Path) -> str:
    """Digest of the files' names, relative to `base`, and contents, whatever the order they are given in."""
    total = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()


def package_versions(names: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of the packages that results depend on; read from their metadata, so that none is imported."""
    return {name: _version(name) for name in sorted(names)}


def write_results(folder: Path | str, provenance: Mapping[str, Any], claims: Iterable[Mapping[str, Any]]) -> Path:
    """Write `results.json`: claims by id, keys sorted, so that equal results make equal files but for `seconds`.

    Args:
        provenance: version, digest, seed, profile, device, dtype, packages.
        claims: one mapping a claim, as the README's "Results" describes it.
    """
    path = Path(folder) / RESULTS
    write_atomically(path, results_text(provenance, claims))
    return path


def results_text(provenance: Mapping[str, Any], claims: Iterable[Mapping[str, Any]]) -> str:
    """The text of `results.json`, for `--json` as well."""
    listed = sorted((plain(claim) for claim in claims), key=lambda claim: claim["id"])
    return _dump({"schema": SCHEMA, "provenance": plain(provenance), "claims": listed})


def read_results(folder: Path | str) -> dict[str, Any]:
    """Read `results.json` back.

    Raises:
        StoreError: it is not there, cannot be read or is not of this schema; the message says which.
    """
    path = Path(folder) / RESULTS
    try:
        results = _read(path)
    except FileNotFoundError:
        raise StoreError(f"there are no results in {folder}: 'verify run' writes them") from None
    complaint = _complaint(results)
    if complaint:
        raise StoreError(f"{path} {complaint}")
    return results


def sources_of(folder: Path) -> list[Path]:
    """The claim files and folders that the results in a folder came from, as far as they are still there."""
    try:
        listed = json.loads((folder / SOURCES).read_text(encoding="utf-8"))
        return [Path(p) for p in listed if Path(p).exists()]
    except (OSError, ValueError, TypeError):
        return []


def plain(value: Any) -> Any:
    """The value in what JSON has; exact numbers and what is no finite float become strings."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= _SAFE_INTEGER else str(value)
        case float():
            return float(value) if math.isfinite(value) else str(float(value))
        case Fraction():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
    if hasattr(value, "item"):  # a number of numpy or torch
        return plain(value.item())
    raise StoreError(f"a result cannot hold {value!r} of type {type(value).__name__}")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write beside the place and move there in one step.

    Raises:
        StoreError: nothing can be written there.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_and_move(path, data)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror or error})") from None


def _write_and_move(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror or error})") from None
    except (ValueError, RecursionError):  # json's and unicode's errors are ValueErrors
        raise StoreError(f"{path} is not a whole JSON file") from None
    if not isinstance(value, dict):
        raise StoreError(f"{path} holds a {type(value).__name__}, not a table")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _complaint(results: dict[str, Any]) -> str:
    """What is wrong with a results file, or nothing."""
    if results.get("schema") != SCHEMA:
        return f"has schema {results.get('schema')!r}; this program reads schema {SCHEMA}: run 'verify run' again"
    claims = results.get("claims")
    if not isinstance(results.get("provenance"), dict) or not isinstance(claims, list):
        return "lacks its provenance or its claims: run 'verify run' again"
    for number, claim in enumerate(claims, 1):
        if not isinstance(claim, dict) or not {"id", "verdict"} <= claim.keys():
            return f"has no id or no verdict at claim {number}: run 'verify run' again"
        if wrong := _misshapen(claim):
            return f"has {wrong} at claim {number}: run 'verify run' again"
    return ""


def _misshapen(claim: dict[str, Any]) -> str:
    """What in a claim's result is not as this program writes it, or nothing."""
    readings = claim.get("readings", [])
    if not isinstance(claim.get("id"), str) or claim["verdict"] not in CLAIM_VERDICTS:
        return f"an unknown verdict {claim['verdict']!r}" if isinstance(claim.get("id"), str) else "no name"
    if not isinstance(readings, list) or not all(isinstance(r, dict) for r in readings):
        return "readings that are no tables"
    forms = [part.get(key) for part in (claim, *readings) for key in ("printed", "corrected")]
    strange = [f for f in forms if f is not None and not _is_form(f)]
    return "a form that is no statement with its verdict" if strange else ""


def _is_form(form: Any) -> bool:
    return isinstance(form, dict) and form.get("verdict") in STATEMENT_VERDICTS


def _digest(result: Any) -> str:
    return hashlib.sha256(_dump(result).encode()).hexdigest()


@cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
