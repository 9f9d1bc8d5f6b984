"""How a run is called and how it ends, as Prefect's UI shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from platform import node
from typing import Any

from prefect import State
from prefect.states import Cancelled, Completed

from scholar_etl.clock import utc_now
from scholar_etl.errors import LockedError
from scholar_etl.pipeline import RunReport
from scholar_etl.settings import Project


def named(what: str) -> Callable[[], str]:
    """Return what names a flow's runs: by what they do, and when they began."""
    return lambda: f"{what} {utc_now():%Y-%m-%d %H:%M} UTC"


def place(project: Project) -> str:
    """Name a folder of a machine: several may share a Prefect server, and each clears up after itself alone."""
    name = re.sub(r"[^\w.-]+", "-", project.folder.name) or "root"
    digest = blake2b(f"{node()}:{project.folder.resolve()}".encode(), digest_size=3).hexdigest()
    return f"{name}-{digest}"


def ended(report: RunReport) -> State[Any]:
    """Return the end of a refresh: Completed, Completed as Partial, or Cancelled as Interrupted."""
    message = "; ".join([report.summary, *report.alerts.problems])
    if report.was_interrupted:
        return Cancelled(name="Interrupted", message=message, data=report)
    return Completed(name=None if report.status == "complete" else "Partial", message=message, data=report)


def skipped(error: LockedError) -> State[Any]:
    """Return the end of a run that found the project taken; the message says who holds it."""
    return Cancelled(name="Skipped", message=str(error), data=error)
