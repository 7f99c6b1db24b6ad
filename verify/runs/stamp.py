"""Whether the reports in a folder are those of its results: then rendering them again would change nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .store import FIGURES, RESULTS, StoreError, program_digest, write_atomically

STAMP = ".rendered"


def stamped(folder: Path, pictures: Any) -> dict[str, Any] | None:
    """What `stamp` noted of the reports that lie in the folder, or None where anything has changed since."""
    try:
        noted = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        same = noted["of"] == _digest(folder, pictures)
        whole = all(_digest_of(folder / name) == digest for name, digest in noted["pages"].items())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return noted if same and whole else None


def stamp(folder: Path, pictures: Any, pages: Iterable[Path], sound: bool) -> None:
    """Note from what the reports were made, which they are, and whether every derivation in them checked."""
    made = {p.name: _digest_of(p) for p in pages}
    text = json.dumps({"of": _digest(folder, pictures), "pages": made, "sound": sound}, indent=1)
    try:
        write_atomically(folder / STAMP, text)
    except StoreError:  # a full disk: they are rendered again
        return


def _digest(folder: Path, pictures: Any) -> str:
    """Of results and numbers of figures, of the program with its reports, and of what helps to render them."""
    total = hashlib.sha256(program_digest().encode())
    for name in (RESULTS, FIGURES):
        path = folder / name
        total.update(f"{name} {_digest_of(path) if path.exists() else None}\n".encode())
    total.update(f"{pictures} {shutil.which('latexmk')} {shutil.which('dot')}".encode())
    return total.hexdigest()


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
