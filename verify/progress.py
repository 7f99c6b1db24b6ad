"""A progress bar on standard error; silent when asked to be, plain lines when not on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


class Progress:
    """A context manager; `tell(what, done, total)` moves the bar."""

    def __init__(self, total: int, *, quiet: bool = False):
        console = Console(stderr=True, quiet=quiet)
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[what]}", markup=False),
        )
        self.bar = RichProgress(*columns, console=console, transient=True)
        self.task = self.bar.add_task("", total=total, what="")

    def __enter__(self) -> Progress:
        self.bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.stop()

    def tell(self, what: str, done: int, total: int) -> None:
        self.bar.update(self.task, completed=done, total=total, what=what)
