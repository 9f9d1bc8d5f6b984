"""Calls that can be given up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import pytest

from scholar_etl import interruptible
from scholar_etl.interruptible import Interruptible, is_one_left_behind


class Endless:
    """Work that ends when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.told = threading.Event()

    def __call__(self) -> None:
        """Begin, and go on."""
        self.begun.set()
        self.told.wait()
        raise ZeroDivisionError


def never() -> None:
    """Interrupt nothing."""
    raise AssertionError("nothing was to be interrupted")


def test_a_call_gives_what_the_work_gives() -> None:
    """Its value or its error, however often; nobody is left behind."""
    calls = Interruptible(never, 60)
    assert [calls.call(lambda: 1), calls.call(lambda: "two")] == [1, "two"]
    with pytest.raises(ZeroDivisionError):
        calls.call(lambda: 1 / 0)
    assert Interruptible(never).call(threading.current_thread) is not threading.current_thread()


def test_at_the_end_of_the_time_the_work_is_told() -> None:
    """What the interrupted work then raises does not hide that the time was up."""
    work = Endless()
    with pytest.raises(TimeoutError):
        Interruptible(work.told.set, 0.01).call(work)
    assert not is_one_left_behind()


def test_calls_share_their_time() -> None:
    """What one took is not there for the next; what passes between them is."""
    first, second = Endless(), Endless()
    calls = Interruptible(second.told.set, 3600)
    first.told.set()
    with pytest.raises(ZeroDivisionError):
        calls.call(first)
    assert 0 < calls._left_s < 3600
    calls._left_s = 0.0
    with pytest.raises(TimeoutError):
        calls.call(second)


def test_ctrl_c_is_heard_while_the_work_goes_on() -> None:
    """This thread hears it, whichever the system gave it to, and the work is told."""
    work = Endless()

    def press() -> None:
        work.begun.wait()
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        Interruptible(work.told.set).call(work)
    assert not is_one_left_behind()


@pytest.mark.parametrize("end", [TimeoutError, KeyboardInterrupt])
def test_work_that_hears_nothing_is_left_behind(end: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for a little, no longer, and it is known that it works on."""
    monkeypatch.setattr(interruptible, "_GRACE_S", 0.01)
    work = Endless()
    told: list[bool] = []
    deaf: Callable[[], None] = lambda: told.append(True)  # noqa: E731 - a name for the reader
    if end is KeyboardInterrupt:
        threading.Thread(target=lambda: (work.begun.wait(), signal.raise_signal(signal.SIGINT))).start()
    with pytest.raises(end):
        Interruptible(deaf, 0.01 if end is TimeoutError else None).call(work)
    assert told == [True]
    assert is_one_left_behind()
    work.told.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(60)
    assert not is_one_left_behind()
