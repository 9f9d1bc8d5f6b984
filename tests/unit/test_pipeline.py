"""Who is asked, in which order, and when somebody is due. Time is given, never asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.errors import UsageError
from scholar_etl.model import WatchedAuthor
from scholar_etl.pipeline import last_due, plan, select_authors
from scholar_etl.settings import ScheduleSettings
from scholar_etl.watchlist import Watchlist

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def author(number: int) -> WatchedAuthor:
    """Return an author of the watchlist."""
    return WatchedAuthor(f"scholarfeed:{number}", "scholarfeed", str(number))


def keys(authors: list[WatchedAuthor]) -> list[int]:
    """Return the authors' numbers."""
    return [int(a.key) for a in authors]


def seen(**ages: int) -> dict[str, datetime]:
    """Return when authors were last seen, in hours before noon: `seen(_1=2)`."""
    return {f"scholarfeed:{name[1:]}": NOON - timedelta(hours=hours) for name, hours in ages.items()}


def test_who_was_asked_longest_ago_comes_first() -> None:
    """Those never asked lead, in the watchlist's order; then by age; equals stay in the watchlist's order."""
    authors = [author(n) for n in (1, 2, 3, 4, 5, 6)]
    tried = seen(_1=1, _2=9, _4=5, _5=9)
    assert keys(plan(authors, tried, tried)) == [3, 6, 2, 5, 4, 1]
    assert keys(plan(authors, {}, tried)) == [3, 6, 2, 5, 4, 1]
    assert keys(plan(authors, {}, {})) == [1, 2, 3, 4, 5, 6]
    assert plan([], tried, tried) == []


@given(st.integers(1, 6), st.sets(st.integers(1, 12)), st.integers(1, 40))
def test_nobody_starves(budget: int, refused: set[int], run_count: int) -> None:
    """Whoever is never accepted, and however small the budget: two authors' askings differ by one at most."""
    authors, asked = [author(n) for n in range(1, 13)], dict.fromkeys(range(1, 13), 0)
    success: dict[str, datetime] = {}
    tried: dict[str, datetime] = {}
    for run in range(run_count):
        for place, one in enumerate(plan(authors, success, tried)[:budget]):
            asked[int(one.key)] += 1
            tried[one.author_id] = NOON + timedelta(days=run, seconds=place)
            if int(one.key) not in refused:
                success[one.author_id] = tried[one.author_id]
    assert max(asked.values()) - min(asked.values()) <= 1


def test_authors_are_selected_by_name_and_by_tag(tmp_path: Path) -> None:
    """Named or tagged, each once, in the order given; without either everybody; a tag that nobody has is an error."""
    tags = {1: [], 2: ["speech"], 3: ["speech", "music"], 4: ["music"]}
    entries = [f"[[author]]\nscholarfeed = {number}\ntags = {json.dumps(own)}\n" for number, own in tags.items()]
    file = tmp_path / "watchlist.toml"
    file.write_text("\n".join(entries))
    watchlist = Watchlist(file)
    assert keys(select_authors(watchlist)) == [1, 2, 3, 4]
    assert keys(select_authors(watchlist, ["3", "1"])) == [3, 1]
    assert keys(select_authors(watchlist, ["4"], ["speech", "music"])) == [4, 2, 3]
    with pytest.raises(UsageError, match="nobody on the watchlist has the tag 'speach'"):
        select_authors(watchlist, ["1"], ["speach"])


def test_only_the_due_are_planned() -> None:
    """Seen at the schedule's moment or later is not due; a moment before is; never seen always is."""
    authors = [author(n) for n in (1, 2, 3, 4)]
    last = {**seen(_1=1, _2=2, _3=3), "scholarfeed:2": NOON - timedelta(hours=2)}
    moment = NOON - timedelta(hours=2)
    assert keys(plan(authors, last, last, due_before=moment)) == [4, 3]
    assert keys(plan(authors, last, last, due_before=moment + timedelta(microseconds=1))) == [4, 3, 2]
    assert keys(plan(authors[:3], last, last, due_before=NOON - timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("cron", "zone", "now", "due"),
    [
        ("0 5 * * *", "UTC", "2026-11-22T12:00Z", "2026-11-22T05:00Z"),
        ("0 5 * * *", "UTC", "2026-11-22T05:00Z", "2026-11-22T05:00Z"),  # a moment that is now counts
        ("0 5 * * *", "UTC", "2026-11-22T05:00:00.000001Z", "2026-11-22T05:00Z"),
        ("0 5 * * *", "UTC", "2026-11-22T04:59:59.999999Z", "2026-11-21T05:00Z"),
        ("0 5 * * MON", "UTC", "2026-11-22T12:00Z", "2026-11-16T05:00Z"),
        ("0 0 29 2 *", "UTC", "2026-11-22T12:00Z", "2024-02-29T00:00Z"),
        ("*/15 * * * *", "UTC", "2026-11-22T12:14:59Z", "2026-11-22T12:00Z"),
        ("0 5 * * *", "Europe/Berlin", "2026-11-22T04:00Z", "2026-11-22T04:00Z"),
        ("0 5 * * *", "Europe/Berlin", "2026-07-22T03:00Z", "2026-07-22T03:00Z"),
        ("0 5 * * *", "Asia/Kathmandu", "2026-11-22T00:00Z", "2026-11-21T23:15Z"),
        # 02:30 does not exist on 2026-03-29 in Berlin, where 02:00 is 03:00: the moment is the end of the gap.
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T00:59Z", "2026-03-28T01:30Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00Z", "2026-03-29T01:00Z"),
        # 02:30 comes twice on 2026-10-25: the first time counts, once.
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:29Z", "2026-10-24T00:30Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30Z", "2026-10-25T00:30Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:45Z", "2026-10-25T00:30Z"),
        # Every ten minutes goes on in the second passage of the hour.
        ("*/10 * * * *", "Europe/Berlin", "2026-10-25T00:45Z", "2026-10-25T00:40Z"),
        ("*/10 * * * *", "Europe/Berlin", "2026-10-25T01:45Z", "2026-10-25T01:40Z"),
        ("*/10 * * * *", "America/New_York", "2026-11-01T06:05Z", "2026-11-01T06:00Z"),
    ],
)
def test_the_schedules_last_moment(cron: str, zone: str, now: str, due: str) -> None:
    """The newest moment that is not in the future, by the clocks of the zone, summer time and its two odd hours too."""
    moment = last_due(ScheduleSettings(cron=cron, timezone=zone), datetime.fromisoformat(now))
    assert moment.astimezone(UTC) == datetime.fromisoformat(due)


@given(
    now=st.integers(0, 10 * 366 * 86_400).map(lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    cron=st.sampled_from(["0 5 * * *", "30 2 * * *", "*/10 * * * *", "15 */6 * * *", "0 0 * * SUN", "59 1 1 * *"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_no_moment_lies_between_the_last_and_now(now: datetime, cron: str, zone: str) -> None:
    """Going forwards from the last moment, the next one is in the future; and the last one is not."""
    moment = last_due(ScheduleSettings(cron=cron, timezone=zone), now)
    assert moment <= now
    following = next(CronSim(cron, moment.astimezone(ZoneInfo(zone))))
    assert following.astimezone(UTC) > now
