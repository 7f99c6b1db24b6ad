"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from typing import Any

EVERY = 10.0  # seconds between two plain lines


class Progress:
    """A context manager; `begin(what)` and `tell(what, done, total)` move the bar.

    Attributes:
        running: what is worked on at the moment, the longest first.
        done: how many are finished.
    """

    def __init__(self, total: int, *, quiet: bool = False):
        self.total, self.quiet = total, quiet
        self.running: dict[str, None] = {}
        self.done = 0
        self.bar: Any = None
        self.told = time.monotonic()

    def __enter__(self) -> Progress:
        if not self.quiet and sys.stderr.isatty():
            self._start_bar()
        return self

    def __exit__(self, *_: Any) -> None:
        if self.bar is not None:
            self.bar.stop()

    def begin(self, what: str) -> None:
        """Show that work on `what` begins."""
        self.running[what] = None
        self._move()

    def tell(self, what: str, done: int, total: int) -> None:
        """Show that `what` is finished, as number `done` of `total`."""
        self.running.pop(what, None)
        self.done, self.total = done, total
        self._move()
        if self.bar is None and not self.quiet and (done == total or time.monotonic() - self.told >= EVERY):
            self.told = time.monotonic()
            print(f"{done}/{total} {what}", file=sys.stderr, flush=True)

    def finished(self) -> str:
        """How much is finished, in words."""
        return (
            f"{self.done} of {self.total} claim{'s' * (self.total != 1)} {'is' if self.done == 1 else 'are'} finished"
        )

    def _move(self) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done, total=self.total, what=", ".join(self.running))

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar
        from rich.table import Column

        rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        what = TextColumn("{task.fields[what]}", markup=False, table_column=rest)
        columns = (BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn(), what)
        self.bar = Bar(*columns, console=Console(stderr=True), transient=True, expand=True)
        self.task = self.bar.add_task("", total=self.total, what="")
        self.bar.start()
