"""A bar on standard error for long work."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scholar_etl.cli.render import console


class Bar:
    """Context manager: a bar while the work goes on, where standard error is a terminal."""

    def __init__(self, label: str, total: int | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console(sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(label, total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def restart(self, total: int, label: str | None = None) -> None:
        """Begin again with nothing done of `total`, under another label where one is given."""
        self._progress.reset(self._task, total=total, description=label)

    def move_to(self, done: int) -> None:
        """Say how much of the total is done."""
        self._progress.update(self._task, completed=done)

    def advance(self, _: object = None) -> None:
        """Count one more as done; what it was does not matter."""
        self._progress.advance(self._task)
