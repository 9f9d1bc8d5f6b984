"""The year of a date printed without one: told exactly, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scholar_etl.sources.selectors import AmbiguousOnPageError
from scholar_etl.sources.values import YearlessDay
from scholar_etl.sources.years import dated, latest_day

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONES = [timedelta(minutes=minutes) for minutes in range(-12 * 60, 14 * 60 + 1, 15)]


def _printed(day: date, site_year: int) -> date | YearlessDay:
    return YearlessDay(day.month, day.day) if day.year == site_year else day


def _explaining(printed: Sequence[date | YearlessDay], captured_at: datetime) -> set[int]:
    """Return every year that a site could have, in any zone, which prints these dates; by trying all that there are."""
    days = [captured_at.date() + timedelta(days=n) for n in range(1, -1_200, -1)]
    return {
        year
        for year in {(captured_at + zone).year for zone in ZONES}
        if all(any(_printed(day, year) == shown for day in days) for shown in printed)
    }


@st.composite
def _pages(draw: st.DrawFn) -> tuple[datetime, list[date], list[date | YearlessDay]]:
    """Return a capture within three days of New Year, papers' dates, and how a site in some zone prints them."""
    new_year = datetime(draw(st.integers(1999, 2090)), 1, 1, tzinfo=UTC)
    captured_at = new_year + timedelta(minutes=draw(st.integers(-3 * 24 * 60, 3 * 24 * 60)))
    today = (captured_at + draw(st.sampled_from(ZONES))).date()
    ages = draw(st.lists(st.sampled_from([0, 1, 2, 363, 364, 365, 366, 367, *range(30, 1_100, 31)]), max_size=4))
    days = [today - timedelta(days=age) for age in ages]
    return captured_at, days, [_printed(day, today.year) for day in days]


@settings(max_examples=2_000)
@given(_pages())
def test_around_new_year_the_page_tells_its_year_or_is_held(
    page: tuple[datetime, list[date], list[date | YearlessDay]],
) -> None:
    """Whatever the site's zone, each date is read as it is; a page is held only where two years could be the site's."""
    captured_at, days, printed = page
    explaining = _explaining(printed, captured_at)
    try:
        latest = latest_day(printed, captured_at)
    except AmbiguousOnPageError:
        event("held")
        assert len(explaining) == 2
        return
    event(f"read, {len(explaining)} years")
    assert [dated(day, latest) for day in printed] == days


@pytest.mark.parametrize(
    ("captured_at", "printed", "expected"),
    [
        # Not yet the new year anywhere, and the new year everywhere.
        (datetime(2025, 12, 31, 9, 59, tzinfo=UTC), ["Jan 1"], [date(2025, 1, 1)]),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), ["Jan 1"], [date(2026, 1, 1)]),
        (datetime(2025, 12, 31, 12, tzinfo=UTC), ["Jan 1"], None),
        (datetime(2025, 12, 31, 12, tzinfo=UTC), ["Jan 1", "Dec 31"], [date(2025, 1, 1), date(2025, 12, 31)]),
        (datetime(2025, 12, 31, 12, tzinfo=UTC), ["Jan 1", date(2025, 3, 2)], [date(2026, 1, 1), date(2025, 3, 2)]),
        (datetime(2026, 1, 1, 2, tzinfo=UTC), ["Jan 1", "Jan 2"], None),
        (datetime(2026, 1, 1, 2, tzinfo=UTC), ["Jan 2", "Jan 3"], [date(2025, 1, 2), date(2025, 1, 3)]),
        (datetime(2026, 1, 1, 2, tzinfo=UTC), [date(2025, 1, 1)], [date(2025, 1, 1)]),
        # A day that the older year did not have.
        (datetime(2025, 1, 1, 2, tzinfo=UTC), ["Feb 29"], [date(2024, 2, 29)]),
        # A year printed on one paper and left out on another: no site does.
        (datetime(2026, 1, 1, 2, tzinfo=UTC), ["Dec 5", date(2025, 3, 2)], None),
    ],
)
def test_new_year(captured_at: datetime, printed: list[str | date], expected: list[date] | None) -> None:
    """The older year before it ends anywhere, the newer once it has begun everywhere, between as the page tells."""
    days = [day if isinstance(day, date) else _yearless(day) for day in printed]
    if expected is None:
        with pytest.raises(AmbiguousOnPageError, match=r"year_unclear: .* wait for the next capture"):
            latest_day(days, captured_at)
    else:
        latest = latest_day(days, captured_at)
        assert [dated(day, latest) for day in days] == expected


@pytest.mark.parametrize(
    ("captured_at", "text", "expected"),
    [
        (NOON, "Apr 15", date(2026, 4, 15)),
        (datetime(2027, 1, 10, tzinfo=UTC), "Apr 15", date(2026, 4, 15)),
        (NOON, "Nov 22", date(2026, 11, 22)),
        (NOON, "Nov 23", date(2026, 11, 23)),  # tomorrow, in a zone ahead
        (NOON, "Nov 24", date(2025, 11, 24)),
        (datetime(2026, 3, 1, tzinfo=UTC), "Dec 5", date(2025, 12, 5)),  # a copy from before New Year
        (NOON, "Feb 29", date(2024, 2, 29)),
        (datetime(2103, 6, 1, tzinfo=UTC), "Feb 29", date(2096, 2, 29)),
    ],
)
def test_a_left_out_year_is_resolved_by_the_capture(captured_at: datetime, text: str, expected: date) -> None:
    """The latest such day that is not after the capture, with a day of grace, and never by today's date."""
    assert dated(_yearless(text), latest_day([_yearless(text)], captured_at)) == expected


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)))
def test_a_date_of_the_year_reads_back(day: date) -> None:
    """Printed without its year up to 11 months later, a date reads back as itself."""
    yearless = YearlessDay(day.month, day.day)
    for later in (2, 100, 330):
        moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=later)
        assert dated(yearless, latest_day([], moment)) == day


def _yearless(text: str) -> YearlessDay:
    day = datetime.strptime(f"{text} 2000", "%b %d %Y").replace(tzinfo=UTC)
    return YearlessDay(day.month, day.day)
