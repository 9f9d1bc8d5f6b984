"""The demonstration: the bundled site, refreshed over a few simulated days by the same code as `refresh`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tomlkit

from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite
from scholar_etl.errors import UsageError
from scholar_etl.files import is_in_use
from scholar_etl.pipeline import AuthorResult, RunReport, refresh
from scholar_etl.settings import Project, create_project

_SETTINGS = """\
# Made by 'scholar-etl demo'. Its site ran on a loopback port while the demo did, and is gone now:
# to follow real authors, make a folder of your own with 'scholar-etl init'.

[fetch]
contact = "demo@localhost"
requests_per_minute = 60000     # our own site, on this machine
allow_private_hosts = true      # it is on loopback

[sources.scholarfeed]
base_url = "{base_url}"
"""
_FIRST_MOMENT_OF_DAY = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class DemoDay:
    """One simulated day of the demo: its number from 0, the moment of its refresh, and what came of it."""

    day: int
    at: datetime
    report: RunReport


def run_demo(
    folder: Path,
    *,
    authors: int,
    days: int,
    now: datetime,
    on_start: Callable[[int, int], None] = lambda _day, _count: None,
    on_result: Callable[[AuthorResult], None] = lambda _: None,
) -> Iterator[DemoDay]:
    """Make a project in an empty or missing folder and refresh it once a day, the last day being that of `now`.

    `on_start` is told the day and the number of authors, `on_result` each author's result. Raises `UsageError` when
    the folder holds something already.
    """
    if is_in_use(folder):
        raise UsageError(f"{folder} is not empty: choose another folder with --dir, or remove it")
    with DemoSite(authors=authors, today=_moment(now, days, 0).date()) as site:
        create_project(folder, _watchlist(authors), _SETTINGS.format(base_url=site.url))
        project = Project.open(folder)
        for day in range(days):
            clock = _SimulatedClock(_moment(now, days, day))
            site.configure(day=day, today=clock.at.date())
            report = refresh(
                project,
                clock=clock,
                on_start=lambda count, day=day: on_start(day, count),  # type: ignore[misc]
                on_result=on_result,
            )
            yield DemoDay(day, clock.started_at, report)
            if report.was_interrupted:
                return


class _SimulatedClock:
    """Time that goes on by a hundredth of a second whenever it is asked for."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.at = started_at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=10)
        return self.at


def _moment(now: datetime, days: int, day: int) -> datetime:
    """Return 05:00 of each day, and for the last one a moment before `now` that leaves room for its seconds."""
    ago = timedelta(days=days - 1 - day)
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return min(midnight + _FIRST_MOMENT_OF_DAY, now - timedelta(minutes=10)) - ago


def _watchlist(count: int) -> str:
    entries = tomlkit.aot()
    for author in facts.authors(count):
        entry = tomlkit.table()
        entry.add("name", author.name)
        entry.add("scholarfeed", author.key)
        if field := facts.first_profile(author.key).field:
            entry.add("tags", [field.lower()])
        entries.append(entry)
    document = tomlkit.document()
    document.add(tomlkit.comment("Made by 'scholar-etl demo'."))
    document.add("author", entries)
    return tomlkit.dumps(document)
