"""From Python: `import verify; results = verify.audit("mine.claims.toml")`.

The same audit as `verify audit`, with its results as values: a mapping from claim ids to the entries of results.json,
a table for pandas, and what a notebook shows.
"""

from __future__ import annotations

import html
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .claimfile import read
from .options import Options
from .runs.session import run_book
from .runs.store import read_results

COLUMNS = ("id", "verdict", "printed", "scope", "formula", "why")


@dataclass(frozen=True)
class Results(Mapping[str, Mapping[str, Any]]):
    """Entries of results.json by claim id, in page order; `provenance` says what they were made with."""

    claims: tuple[Mapping[str, Any], ...]
    provenance: Mapping[str, Any]

    def __getitem__(self, claim: str) -> Mapping[str, Any]:
        """The entry of a claim, by its full id or the part behind the paper's key."""
        for entry in self.claims:
            if claim in (entry["id"], entry["id"].split("/", 1)[-1]):
                return entry
        raise KeyError(claim)

    def __iter__(self) -> Iterator[str]:
        return (entry["id"] for entry in self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def verdicts(self) -> dict[str, str]:
        """Verdicts by claim id."""
        return {entry["id"]: entry["verdict"] for entry in self.claims}

    def table(self) -> list[dict[str, str]]:
        """A row a claim; `pandas.DataFrame(results.table())` takes it."""
        return [_row(entry) for entry in self.claims]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(row[name])}</td>" for name in COLUMNS) + "</tr>" for row in self.table()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _repr_latex_(self) -> str:
        lines = [rf"\text{{{_plain(e['id'])}: {e['verdict']}}} && {_latex(e)}" for e in self.claims]
        return "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$"


def audit(
    *paths: str | Path,
    profile: str = "quick",
    seed: int = 0,
    device: str = "cpu",
    jobs: int = 1,
    out: str | Path | None = None,
) -> Results:
    """Audit claim files, or folders of them.

    Args:
        profile: "quick" or "full".
        out: the folder that keeps results.json; without it nothing is left behind.

    Raises:
        verify.claimfile.ClaimFileErrors: with every mistake in the files; nothing was run.
    """
    sources = [Path(p) for p in paths]
    book = read(sources)
    with tempfile.TemporaryDirectory() as spare:
        folder = Path(out) if out is not None else Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        run_book(
            book,
            Options(profile, seed, device),
            folder,
            jobs=jobs,
            resume=False,
            sources=sources,
            tell=lambda *_: None,
            note=lambda _: None,
        )
        results = read_results(folder)
    return Results(tuple(results["claims"]), results["provenance"])


def _row(entry: Mapping[str, Any]) -> dict[str, str]:
    printed = entry.get("printed") or {}
    scopes = {e["scope"] for e in printed.get("evidence", ()) if e.get("kind") == "exact" and e["outcome"] == "proved"}
    scope = "" if not scopes else "general" if scopes == {"general"} else "sizes"
    form = (printed.get("verdict"), scope, printed.get("formula"), printed.get("message"))
    values = (entry["id"], entry["verdict"], *form)
    return {name: str(value or "") for name, value in zip(COLUMNS, values, strict=True)}


def _latex(entry: Mapping[str, Any]) -> str:
    return str((entry.get("printed") or {}).get("latex") or "")


def _plain(text: str) -> str:
    return text.replace("_", r"\_")
