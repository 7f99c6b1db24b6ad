"""The steps of an audit, each with a name, a limit of time and one of memory.

A step is announced before it begins. A process that dies in it, in a library written in C, cannot say where it was;
whoever watches the process can, and asks for the claim again with that step left out: the other evidence still counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from flint import ctx

from .deadline import OutOfReach, deadline
from .memory import address_space

BITS = 53  # of flint's balls where nobody asks for more


@dataclass(frozen=True)
class Step:
    """A step that begins: its number in this audit, its name, its limit in seconds of processor time."""

    number: int
    name: str
    seconds: float


@dataclass
class Watch:
    """Who is told of steps, and what is known from earlier attempts.

    Attributes:
        tell: is called with a step when it begins, and with None when it ends.
        left_out: why a step is not tried again, by its number.
        memory: bytes that this process may hold.
    """

    tell: Callable[[Step | None], Any] = lambda _: None
    left_out: Mapping[int, str] = field(default_factory=dict)
    memory: int | None = None
    begun: int = 0


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Tell of the steps in this block."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


@contextmanager
def step(name: str, seconds: float, *, exact: bool = False) -> Iterator[None]:
    """Do a step of the audit within its limits, at flint's usual precision whatever was computed before.

    Args:
        exact: no torch in it, which maps more memory than it uses; then the kernel limits what it may map.

    Raises:
        OutOfReach: it was left out, or ran out of time.
    """
    watch = _WATCH.get() or Watch()
    watch.begun += 1
    if watch.begun in watch.left_out:
        raise OutOfReach(watch.left_out[watch.begun])
    watch.tell(Step(watch.begun, name, seconds))
    try:
        with ctx.workprec(BITS), deadline(seconds), address_space(watch.memory) if exact else nullcontext():
            yield
    finally:
        watch.tell(None)
