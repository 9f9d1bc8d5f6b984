"""SIGTERM and Ctrl-C while a flow runs."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self


class StopSignal:
    """Context manager in the main thread: a signal ends the step that runs, and is remembered between the steps.

    Between the steps runs Prefect's own code, which must not be torn: its run would stay "Running" for ever.
    """

    def __init__(self) -> None:
        self.is_heard = False
        self._is_in_step = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, step: Callable[[], object]) -> None:
        """Do one step, which a signal ends by `KeyboardInterrupt`; do nothing once a signal was heard."""
        try:
            self._is_in_step = True
            if not self.is_heard:
                step()
            self._is_in_step = False
        except KeyboardInterrupt:
            pass
        except BaseException:
            self._is_in_step = False
            raise

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        self.is_heard = True
        if self._is_in_step:
            self._is_in_step = False  # a second signal does not tear what the first one makes of the step
            raise KeyboardInterrupt
