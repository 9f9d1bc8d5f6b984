"""How a run is called and how it ends, as Prefect's UI shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import State
from prefect.states import Cancelled, Completed

from scholar_etl.clock import utc_now
from scholar_etl.errors import LockedError
from scholar_etl.pipeline import RunReport


def named(what: str) -> Callable[[], str]:
    """Return what names a flow's runs: by what they do, and when they began."""
    return lambda: f"{what} {utc_now():%Y-%m-%d %H:%M} UTC"


def ended(report: RunReport) -> State[Any]:
    """Return the end of a refresh: Completed, Completed as Partial, or Cancelled as Interrupted."""
    message = "; ".join([report.summary, *report.alerts.problems])
    if report.was_interrupted:
        return Cancelled(name="Interrupted", message=message, data=report)
    return Completed(name=None if report.status == "complete" else "Partial", message=message, data=report)


def skipped(error: LockedError) -> State[Any]:
    """Return the end of a run that found the project taken; the message says who holds it."""
    return Cancelled(name="Skipped", message=str(error), data=error)
