"""The options that commands share, and what those about the machine come to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .selection import LATEST, fail

MOST = 2**63 - 1  # of a seed, as torch has it


class Seed(click.ParamType):
    """An integer that every generator takes."""

    name = "seed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            seed = int(value)
        except ValueError:
            seed = -1
        if not 0 <= seed <= MOST:
            self.fail(f"{value!r} is not an integer from 0 to {MOST}", param, ctx)
        return seed


def options_of(*names: str, **helps: str) -> Callable[[Callable], Callable]:
    """The common options with these names, as a decorator; `helps` says of some what they do for one command."""
    folder = click.Path(path_type=Path, file_okay=False)
    known: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
        "profile": (
            ("--profile",),
            {
                "type": click.Choice(["quick", "full"]),
                "default": "quick",
                "show_default": True,
                "help": "How many points, how much time.",
            },
        ),
        "device": (
            ("--device",),
            {
                "type": click.Choice(["auto", "cpu", "cuda"]),
                "default": "auto",
                "show_default": True,
                "help": "Where the simulation runs.",
            },
        ),
        "seed": (
            ("--seed",),
            {"type": Seed(), "metavar": "S", "default": 0, "show_default": True, "help": "Of every random number."},
        ),
        "jobs": (
            ("--jobs",),
            {"type": click.IntRange(1), "metavar": "J", "help": "Worker processes [default: cores]."},
        ),
        "memory": (
            ("--memory",),
            {
                "type": click.FloatRange(min=1),
                "metavar": "GB",
                "help": "That one worker may hold [default: 80 % of the machine's, over the jobs].",
            },
        ),
        "scheduler": (
            ("--scheduler",),
            {"metavar": "URL", "help": "Work on the Dask cluster of this scheduler, such as tcp://host:8786."},
        ),
        "out": (
            ("--out",),
            {"type": folder, "default": LATEST, "show_default": True, "metavar": "DIR", "help": "Of results, reports."},
        ),
        "json": (("--json", "as_json"), {"is_flag": True, "help": "Results on standard output, nothing else there."}),
        "resume": (
            ("--resume/--afresh",),
            {"default": True, "help": "Take what this code has finished before [default], or compute all again."},
        ),
        "rows": (("--resume",), {"is_flag": True, "help": "Take the rows that are in benchmarks.json."}),
        "results": (
            ("--out",),
            {"type": folder, "metavar": "DIR", "help": "Of the results [default: latest, else published]."},
        ),
    }

    def decorate(command: Callable) -> Callable:
        for name in reversed(names):
            flags, keywords = known[name]
            command = click.option(*flags, **{**keywords, "help": helps.get(name, keywords["help"])})(command)
        return command

    return decorate


AUDITING = ("profile", "device", "seed", "jobs", "memory", "out", "json", "resume")
auditing = options_of(*AUDITING)
spreading = options_of(*AUDITING, "scheduler")
_IDLE = "Taken, and without effect here."
without_effect = options_of(
    *AUDITING[:-1],
    "rows",
    **dict.fromkeys(("profile", "seed", "jobs", "memory"), _IDLE),
    device="cuda: fail where there is none.",
    out="Where benchmarks.json goes.",
)


def device_of(name: str) -> str:
    """'cpu' or 'cuda'; asks torch only where its build could use a GPU."""
    from ..runs.store import package_versions

    if name == "cpu" or (name == "auto" and package_versions(["torch"])["torch"].endswith("+cpu")):
        return "cpu"
    from numerics.world.device import cuda_available

    if cuda_available():
        return "cuda"
    if name == "cuda":
        fail("--device cuda: no CUDA device was found; use --device cpu")
    return "cpu"


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limits_of(memory: float | None, jobs: int) -> Any:
    """The limits of each worker process: what --memory says, or a share of the machine."""
    from ..runs.guard import Limits

    return Limits.for_jobs(jobs) if memory is None else Limits(int(memory * 1e9))


def prepare(out: Path) -> None:
    """Make the folder and see that it can be written, before any work is done."""
    from ..runs.store import StoreError, write_atomically

    try:
        write_atomically(out / ".writable", "")
        (out / ".writable").unlink()
    except (StoreError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        fail(f"--out {out}: {reason}; name a folder that can be written")
