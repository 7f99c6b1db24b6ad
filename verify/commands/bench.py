"""Benchmarks: each measures ours and a peer in the same run."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

FLOORS = ("derivations.benchmarks", "numerics.benchmarks", "verify.benchmarks")
ROWS = "benchmarks.json"
KEYS = ("name", "ours", "peer", "peer_name", "ratio", "unit")


def all_benchmarks() -> dict[str, Callable[[], dict[str, Any]]]:
    """Every function in a `BENCHMARKS` table of a benchmarks module."""
    found: dict[str, Callable[[], dict[str, Any]]] = {}
    for floor in FLOORS:
        try:
            package = importlib.import_module(floor)
        except ModuleNotFoundError:
            continue
        for module in pkgutil.iter_modules(package.__path__, f"{floor}."):
            found.update(getattr(importlib.import_module(module.name), "BENCHMARKS", {}))
    return found


def kept_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """The complete rows that an earlier run left in a folder, by name."""
    try:
        rows = json.loads((folder / ROWS).read_text(encoding="utf-8"))
        return {row["name"]: row for row in rows if set(KEYS) <= set(row)}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def run_benchmark(name: str, function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """One benchmark's row; every key of the contract is there."""
    row = {"name": name, **function()}
    missing = [k for k in KEYS if k not in row]
    if missing:
        raise KeyError(f"benchmark {name} does not say {', '.join(missing)}")
    return row


def line(row: dict[str, Any]) -> str:
    """A benchmark's row for a terminal, what is asked of the result (`condition`, `met`) and more (`also`) below it."""
    unit = row["unit"]
    sides = f"ours {row['ours']:.4g} {unit}, {row['peer_name']} {row['peer']:.4g} {unit}"
    lines = [f"{row['name']}: {sides}, ratio {row['ratio']:.1f}"]
    if "condition" in row:
        lines.append(f"  {'met' if row['met'] else 'NOT MET'}: {row['condition']}")
    return "\n".join([*lines, *(f"  {text}" for text in row.get("also", ()))])
