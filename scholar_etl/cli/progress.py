"""Progress and the summary of a refresh, on standard error."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from scholar_etl.cli.bar import Bar
from scholar_etl.cli.drift import describe_drift
from scholar_etl.cli.logs import tell
from scholar_etl.cli.times import minute_after
from scholar_etl.pipeline import AuthorResult, RunReport


class RefreshProgress(Bar):
    """A bar over the authors while a refresh runs, where standard error is a terminal; then a few lines."""

    def __init__(self, label: str = "refresh") -> None:
        super().__init__(label)

    def start(self, author_count: int) -> None:
        """Begin a bar over that many authors."""
        self.restart(author_count)

    def start_day(self, day: int, author_count: int) -> None:
        """Begin a bar for one day of the demo, counted from 0."""
        self.restart(author_count, f"day {day + 1}")

    def summarise(self, report: RunReport) -> None:
        """Say how many authors were accepted, name those that were not with their reasons, and count the deferred.

        What has changed on the site's pages comes last.
        """
        for failure in report.failures:
            tell(describe_failure(failure), logging.WARNING, style="yellow")
        for line in describe_deferred(report.deferred):
            tell(line, logging.WARNING, style="yellow")
        if not report.author_count:
            tell("nobody to refresh: no author is due, or the watchlist is empty ('scholar-etl watch add …')")
            return
        tell(report.summary, style="bold")
        for drift in report.drift:
            for line in describe_drift(drift):
                tell(line, logging.WARNING, style="yellow")
        if report.alerts.summary:
            tell(report.alerts.summary)
        for problem in report.alerts.problems:
            tell(problem, logging.WARNING, style="yellow")


def describe_failure(failure: AuthorResult) -> str:
    """Return one line: who, what the page was, and why."""
    author = failure.author
    who = f"{author.label} ({author.author_id})" if author.label else author.author_id
    what = failure.outcome.value.replace("_", " ") if failure.outcome else "deferred"
    return f"{who}: {what}{f' - {failure.reason}' if failure.reason else ''}"


def describe_deferred(deferred: list[AuthorResult]) -> list[str]:
    """Return one line for each reason: why, until when if that is known, and how many authors."""
    groups = Counter((result.reason, result.until) for result in deferred)
    return [
        f"{reason}{f' until {_minute(until)}' if until else ''}: {count} author{'s' if count != 1 else ''} deferred"
        for (reason, until), count in groups.items()
    ]


def _minute(moment: datetime) -> str:
    return f"{minute_after(moment):%Y-%m-%d %H:%M} UTC"
