"""How fresh the published warehouse is: what a scheduler must know before and after a run."""

from __future__ import annotations

from datetime import datetime

from scholar_etl.errors import MissingWarehouseError
from scholar_etl.pipeline.refresh import last_due
from scholar_etl.settings import Project
from scholar_etl.span import parse_span
from scholar_etl.store import Status, connect, read_status
from scholar_etl.watchlist import Watchlist


def is_refresh_due(project: Project, now: datetime) -> bool:
    """Return whether somebody on the watchlist has not been asked for since the schedule's last moment.

    By the asking, not by the success: whoever is refused is asked again at the next moment, not before.
    """
    status = _status(project)
    tried = {row["author_id"]: row["last_tried_at"] for row in status.freshness} if status else {}
    due_at = last_due(project.settings.schedule, now)
    asked = {author_id for author_id, moment in tried.items() if moment is not None and moment >= due_at}
    return any(author.author_id not in asked for author in Watchlist(project.watchlist).authors)


class FreshnessAlarm:
    """Says when no refresh has accepted a page for a span, and again after each such time.

    `since` (aware) is from when it counts where no refresh has ever succeeded; `span` is `schedule.alarm_after` where
    it is None.
    """

    def __init__(self, project: Project, since: datetime, span: str | None = None) -> None:
        self._project = project
        self._since = since
        self._said_span = span or project.settings.schedule.alarm_after
        self._span = parse_span(self._said_span)
        self._look_at = since

    def check(self, now: datetime) -> str | None:
        """Return the alarm, one line, when there is cause; None when there is none, or when it was said just now."""
        if now < self._look_at:
            return None
        status = _status(self._project)
        good_at = status.last_good_run["started_at"] if status and status.last_good_run else None
        self._look_at = (good_at or self._since) + self._span
        if now < self._look_at:
            return None
        self._look_at = now + self._span
        last = f"the last good one began {good_at:%Y-%m-%d %H:%M} UTC" if good_at else "there never was one"
        return f"no refresh has succeeded for {self._said_span}: {last}; see 'scholar-etl status'"


def _status(project: Project) -> Status | None:
    """Read the published warehouse; None where there is none yet."""
    try:
        with connect(project.warehouse) as connection:
            return read_status(connection)
    except MissingWarehouseError:
        return None
