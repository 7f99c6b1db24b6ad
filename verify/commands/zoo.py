"""`verify zoo`: an audit of statements whose truth is known, and its score."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..options import Options
from ..runs.session import run_book
from ..runs.zoo import ZOO, scored
from .options import cores, limits_of
from .selection import read_claims


def audit_zoo(
    *,
    profile: str,
    device: str,
    seed: int,
    jobs: int | None,
    memory: float | None,
    out: Path,
    resume: bool,
    progress: Callable[[Any], Any],
    note: Callable[[str], None],
) -> dict[str, Any]:
    """The scores of every judge; results lie in `out`."""
    book = read_claims([ZOO])
    with progress(book) as bar:
        done = run_book(
            book,
            Options(profile, seed, device),
            out,
            jobs=jobs or cores(),
            resume=resume,
            sources=[ZOO],
            tell=bar.tell,
            note=note,
            begun=bar.begin,
            limits=limits_of(memory, jobs or cores()),
        )
    return scored(done.results.values())


def zoo_text(score: dict[str, Any]) -> str:
    """The scores for a terminal."""
    lines = [f"{score['truths']} truths, {score['falsehoods']} falsehoods", f"{'':18}soundness  completeness"]
    for name, of in score["judges"].items():
        lines.append(f"{name:18}{of['soundness']:9.1%}{of['completeness']:14.1%}")
    own = score["judges"]["the program"]
    lines += [f"  WRONG {i}" for i in own["wrong"]] + [f"  CONFLICT {i}" for i in score["conflicts"]]
    return "\n".join([*lines, *(f"  undecided {i}" for i in own["undecided"])])
