"""The static site that a scheduled refresh leaves, where the settings name a folder for it."""

from __future__ import annotations

import logging

from scholar_etl.pipeline import RunReport
from scholar_etl.report import build_report
from scholar_etl.settings import Project

_log = logging.getLogger("scholar_etl.flows.report")


def leave_report(project: Project, run: RunReport) -> None:
    """Bring the project's report up to date after a run that took something in. A failure is logged and no more."""
    if project.report is None or not run.accepted_count:
        return
    try:
        build_report(project.warehouse, project.report, apart_from=[project.archive])
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a picture of it, the refresh is done
        _log.warning("no report was made: %s", error)
