"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from typing import Any

EVERY = 10.0  # seconds between two plain lines


class Progress:
    """A context manager; `tell(what, done, total)` moves the bar."""

    def __init__(self, total: int, *, quiet: bool = False):
        self.total, self.quiet = total, quiet
        self.bar: Any = None
        self.told = time.monotonic()

    def __enter__(self) -> Progress:
        if not self.quiet and sys.stderr.isatty():
            self._start_bar()
        return self

    def __exit__(self, *_: Any) -> None:
        if self.bar is not None:
            self.bar.stop()

    def tell(self, what: str, done: int, total: int) -> None:
        """Show that `what` is finished, as number `done` of `total`."""
        if self.bar is not None:
            self.bar.update(self.task, completed=done, total=total, what=what)
        elif not self.quiet and (done == total or time.monotonic() - self.told >= EVERY):
            self.told = time.monotonic()
            print(f"{done}/{total} {what}", file=sys.stderr, flush=True)

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        what = TextColumn("{task.fields[what]}", markup=False)
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), what)
        self.bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task("", total=self.total, what="")
        self.bar.start()
