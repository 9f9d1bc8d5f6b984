"""Calls that can be given up: at the end of a time, or by Ctrl-C.

A library of C that works for minutes hears no signal meanwhile: DuckDB, asked for the count of a large join, ended two
minutes after Ctrl-C. So it is called in a thread of its own, and this one waits and hears.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from math import inf
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

ABANDONABLE = "scholar-etl abandonable"
"""The name of threads that the end of the process need not wait for."""

_GRACE_S = 2.0
_SLICE_S = 0.2


class Interruptible:
    """Makes calls, one at a time, that together may take `timeout_s` seconds; None: as long as they like.

    What passes between the calls does not count. `interrupt` asks a running call to end. One that does not within two
    seconds is left behind, working: see `is_one_left_behind`.
    """

    def __init__(self, interrupt: Callable[[], None], timeout_s: float | None = None) -> None:
        self._interrupt = interrupt
        self._left_s = inf if timeout_s is None else timeout_s

    def call(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises. Raises TimeoutError when the time is up."""
        outcome: Future[T] = Future()
        ends_at = monotonic() + self._left_s
        try:
            threading.Thread(target=_run, args=(work, outcome), name=ABANDONABLE, daemon=True).start()
            # In slices: a signal that the system gives to another thread does not wake this one.
            while not wait((outcome,), min(ends_at - monotonic(), _SLICE_S)).done:
                if monotonic() >= ends_at:
                    raise TimeoutError
        except (TimeoutError, KeyboardInterrupt):
            self._interrupt()
            wait((outcome,), _GRACE_S)
            raise
        self._left_s = max(ends_at - monotonic(), 0)
        return outcome.result()


def is_one_left_behind() -> bool:
    """Return whether something that was given up still works: an orderly end of the process would wait for it."""
    return any(thread.name == ABANDONABLE for thread in threading.enumerate())


def _run(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
        outcome.set_exception(error)
