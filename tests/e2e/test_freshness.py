"""When `serve` must refresh at once, and when it must say that nothing succeeds. Time is given, never asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from testbed import ADA, BEN, Bench, strict_json

from scholar_etl.clock import utc_now
from scholar_etl.demo.site import DemoSite
from scholar_etl.pipeline import FreshnessAlarm, is_refresh_due, refresh

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEXT = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""The schedule's first moment after noon: 5:00 by default."""

INSTANT = timedelta(microseconds=1)
SPAN = timedelta(hours=36)


def refresh_at(bench: Bench, moment: datetime) -> None:
    """Refresh everybody, all at one moment."""
    refresh(bench.project, clock=lambda: moment)


def test_a_refresh_is_due_when_somebody_was_not_asked_for(bench: Bench, site: DemoSite) -> None:
    """Asked for since the schedule's last moment, accepted or not, is enough; nobody to ask is never due."""
    site.configure(faults={ADA: "not_found"})
    bench.watch(ADA)
    assert is_refresh_due(bench.project, NOON)
    refresh_at(bench, NOON)
    assert not is_refresh_due(bench.project, NOON)
    assert not is_refresh_due(bench.project, NEXT - INSTANT)
    assert is_refresh_due(bench.project, NEXT)
    bench.watch(ADA, BEN)
    assert is_refresh_due(bench.project, NOON)
    bench.watch()
    assert not is_refresh_due(bench.project, NEXT)


def test_the_alarm_says_that_no_refresh_has_succeeded(bench: Bench, site: DemoSite) -> None:
    """Once the time has passed since the last good refresh, or since the watch began, and once for each such time."""
    site.configure(faults={ADA: "blocked"})
    bench.watch(ADA)
    alarm = FreshnessAlarm(bench.project, NOON)
    refresh_at(bench, NOON + SPAN / 2)
    assert alarm.check(NOON + SPAN - INSTANT) is None
    line = alarm.check(NOON + SPAN)
    assert line == "no refresh has succeeded for 36h: there never was one; see 'scholar-etl status'"
    assert alarm.check(NOON + 2 * SPAN - INSTANT) is None
    assert alarm.check(NOON + 2 * SPAN) == line

    site.configure(faults={})
    good_at = NOON + 2.5 * SPAN
    refresh_at(bench, good_at)
    assert alarm.check(NOON + 3 * SPAN) is None
    assert alarm.check(good_at + SPAN - INSTANT) is None
    assert "the last good one began 2026-11-26 06:00 UTC" in (alarm.check(good_at + SPAN) or "")


def test_an_old_warehouse_alarms_at_once(bench: Bench) -> None:
    """Whoever begins to serve a folder that has long been stale hears of it."""
    refresh_at(bench, NOON)
    began_at = NOON + timedelta(days=9)
    assert FreshnessAlarm(bench.project, began_at).check(began_at) is not None


def test_status_tells_what_is_far_beyond_the_past(bench: Bench, site: DemoSite) -> None:
    """A page that is whole and shows ten times the citations is accepted, and stands in the status for a week."""
    now = utc_now()
    refresh_at(bench, now - timedelta(hours=2))
    assert "Far beyond" not in bench("status").out
    assert strict_json(bench("status", "--format", "json").out)["jumps"] == []
    site.configure(metrics={ADA: {"citation_count": 62_090}})
    refresh_at(bench, now - timedelta(hours=1))
    told = bench("status").out
    assert "Far beyond the author's past (in history, of the last 7 days):" in told
    assert "citations 6,209 -> 62,090" in told
    (jump,) = strict_json(bench("status", "--format", "json").out)["jumps"]
    assert (jump["author_id"], jump["metric"], jump["new_value"]) == (f"scholarfeed:{ADA}", "citation_count", 62_090)


def test_status_counts_who_is_late(bench: Bench) -> None:
    """Who was not seen since the schedule's last moment is counted, of those on the watchlist; and which moment it is.

    When the stalest of them was seen stands beside it.
    """

    def overdue() -> tuple[str, str]:
        document = strict_json(bench("status", "--format", "json").out)
        due_at = f"{datetime.fromisoformat(document['due_at']):%Y-%m-%d %H:%M:%S} UTC"
        lines = [line for line in bench("status").out.splitlines() if line.startswith("overdue")]
        counted, _, stalest = "".join(lines).partition(f" of 2 authors, due since {due_at}; the stalest ")
        assert (counted.removeprefix("overdue    ") or "0") == str(document["overdue_count"])
        return counted, stalest

    refresh_at(bench, utc_now() - timedelta(days=9))
    bench.watch(ADA, BEN)
    refresh_at(bench, utc_now() - timedelta(days=3))
    assert overdue() == ("overdue    2", "seen 3 d ago")
    assert bench("refresh", str(ADA)).code == 0
    assert overdue() == ("overdue    1", "seen 3 d ago")
    assert bench("refresh").code == 0
    assert overdue() == ("", "")


def test_status_tells_of_whom_nothing_was_ever_accepted(bench: Bench, site: DemoSite) -> None:
    """The stalest is then one who was never seen."""
    bench.watch(ADA, BEN)
    site.configure(faults={BEN: "captcha"})
    assert bench("refresh").code == 3
    assert "overdue    1 of 2 authors, due since " in bench("status").out
    assert "; the stalest never seen\n" in bench("status").out
