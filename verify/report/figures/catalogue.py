"""The figures of the report: where their numbers come from. What they show, and for which claims, a paper says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...listing import PAPERS


@dataclass(frozen=True)
class Drawing:
    """A figure as it is announced.

    Attributes:
        name: of its data in `figures.json`, of its file and of its link.
        paper: it is drawn where this paper is audited as a whole.
        claims: whose statements it shows.
        caption: what is drawn and what to see; LaTeX-free, indices as in claims' texts.
        alt: the same for who cannot see it.
        compute: its numbers, JSON-able; imports what it needs when it is called.
        draw: the name of a function of `drawings`.
    """

    name: str
    title: str
    paper: str
    claims: tuple[str, ...]
    caption: str
    alt: str
    compute: Callable[[], Any]
    draw: str


def _growth() -> Any:
    from numerics.figures.growth import norm_growth

    return norm_growth()


def _margin() -> Any:
    from numerics.figures.margin import digits_margin, falling_margin

    return {"digits": digits_margin(), "falls": falling_margin()}


def _losses() -> Any:
    from numerics.figures.losses import digits_losses

    return digits_losses()


def _spectra() -> Any:
    from numerics.figures.spectra import spectrum_along_flow, spectrum_under_decay

    return {"flow": spectrum_along_flow(), "decay": spectrum_under_decay()}


def _valleys() -> Any:
    from numerics.figures.valleys import loss_valleys

    return loss_valleys()


def _kernels() -> Any:
    from derivations.cases.kernel_examples import kernel_splits

    return kernel_splits()


NUMBERS: dict[str, Callable[[], Any]] = {
    "growth": _growth,
    "valleys": _valleys,
    "spectra": _spectra,
    "kernels": _kernels,
    "losses": _losses,
    "margin": _margin,
}


@cache
def announced() -> tuple[Drawing, ...]:
    """The figures of the shipped papers, as each paper's `figures.toml` has them."""
    return tuple(_drawing(file.parent.name, f) for file in sorted(PAPERS.glob("*/figures.toml")) for f in _listed(file))


def _listed(file: Path) -> list[dict[str, Any]]:
    return tomllib.loads(file.read_text(encoding="utf-8"))["figure"]


def _drawing(paper: str, f: dict[str, Any]) -> Drawing:
    name = f["name"]
    return Drawing(name, f["title"], paper, tuple(f["claims"]), f["caption"], f["alt"], NUMBERS[name], f["draw"])
