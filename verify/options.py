"""What a result depends on besides the claim."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """`profile` 'quick' or 'full' (how many points, how much time), `seed`, `device` 'cpu' or 'cuda'."""

    profile: str = "quick"
    seed: int = 0
    device: str = "cpu"
