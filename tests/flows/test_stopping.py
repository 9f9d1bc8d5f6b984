"""Signals while a flow runs."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from scholar_etl.flows.stopping import StopSignal


def raising(number: signal.Signals, done: list[str]) -> Callable[[], None]:
    """Return a step that is hit by a signal."""

    def step() -> None:
        done.append("begun")
        signal.raise_signal(number)
        done.append("never")

    return step


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_all_that_would_follow(number: signal.Signals) -> None:
    """The step that runs ends where it is, the next ones do nothing, and nothing is raised."""
    done: list[str] = []
    with StopSignal() as stop:
        stop.run(raising(number, done))
        stop.run(lambda: done.append("next"))
        assert stop.is_heard
    assert done == ["begun"]


def test_a_signal_between_the_steps_is_remembered() -> None:
    """What runs there is not torn."""
    done: list[str] = []
    with StopSignal() as stop:
        stop.run(lambda: done.append("first"))
        signal.raise_signal(signal.SIGTERM)
        done.append("between")
        stop.run(lambda: done.append("second"))
    assert done == ["first", "between"]


def test_a_second_signal_does_not_tear_what_the_first_one_led_to() -> None:
    """A step that saves what it has, when it is ended, does so whatever else is sent."""
    done: list[str] = []

    def step() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            signal.raise_signal(signal.SIGTERM)
            done.append("saved")
            raise

    with StopSignal() as stop:
        stop.run(step)
    assert done == ["saved"]


def test_a_fault_of_the_step_is_raised_and_the_handlers_are_given_back() -> None:
    """An error goes its way; afterwards signals do what they did before."""
    before = signal.getsignal(signal.SIGTERM)

    def step() -> None:
        raise RuntimeError("broken")

    with StopSignal() as stop, pytest.raises(RuntimeError, match="broken"):
        stop.run(step)
    assert signal.getsignal(signal.SIGTERM) is before
