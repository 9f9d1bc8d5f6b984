"""Pages captured around New Year, when the site's own year, which it leaves out, depends on its zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from scholar_etl.demo.facts import FIRST_KEY, first_profile
from scholar_etl.demo.markups import render
from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Outcome, Profile
from scholar_etl.normalise import normalise_profile
from scholar_etl.sources import scholarfeed
from scholar_etl.sources.scholarfeed import read_page

EVE = datetime(2025, 12, 31, 12, tzinfo=UTC)
NEW_YEAR = date(2026, 1, 1)


def _profile(*days: date) -> Profile:
    """Return an author with a paper of each day."""
    profile = first_profile(FIRST_KEY)
    papers = tuple(
        replace(paper, published_on=day) for paper, day in zip(profile.papers[: len(days)], days, strict=True)
    )
    metrics = replace(profile.metrics, paper_count=len(papers))
    return replace(profile, papers=papers, heading_count=len(papers), metrics=metrics)


def _extractions(profile: Profile, today: date, captured_at: datetime) -> list[Extraction]:
    """Return what is made of a page rendered on a day: of the first of its layout, and of one already seen."""
    body = render(profile, key=FIRST_KEY, today=today, markup="cards")
    other = render(_profile(date(2020, 3, 4), date(2021, 5, 6)), key=FIRST_KEY, today=today, markup="cards")
    scholarfeed.forget_layouts()
    found = [extract_page(body, fetched_at=captured_at)]
    for _ in range(3):
        read_page(other, None, captured_at)
    assert scholarfeed._layouts.read(other, captured_at) is not None
    found.append(extract_page(body, fetched_at=captured_at))
    scholarfeed.forget_layouts()
    return found


@pytest.mark.parametrize(
    ("today", "days", "captured_at"),
    [
        (date(2025, 12, 31), [date(2025, 1, 1), date(2025, 12, 30)], EVE),
        (date(2026, 1, 1), [date(2026, 1, 1), date(2025, 12, 30)], EVE),
        (date(2025, 12, 31), [date(2025, 1, 2), date(2025, 6, 7)], EVE + timedelta(hours=14)),
        (date(2026, 1, 1), [date(2026, 1, 1), date(2024, 6, 7)], EVE + timedelta(days=1)),
    ],
)
def test_where_the_page_tells_its_year_dates_are_exact(today: date, days: list[date], captured_at: datetime) -> None:
    """A site ahead of UTC and one behind it are read alike exactly, in full and by a layout seen before."""
    profile = _profile(*days)
    for extraction in _extractions(profile, today, captured_at):
        assert extraction.profile == normalise_profile(profile)


@pytest.mark.parametrize("today", [date(2025, 12, 31), NEW_YEAR])
def test_a_page_that_does_not_tell_its_year_is_held_for_a_day(today: date) -> None:
    """Where `Jan 1` could be of either year the page is held, with a reason that says until when."""
    profile = _profile(date(today.year, 1, 1), date(2023, 6, 7))
    for extraction in _extractions(profile, today, EVE):
        assert extraction.outcome is Outcome.QUARANTINED
        (problem,) = extraction.problems
        assert problem.rule == "year_unclear"
        assert "wait for the next capture" in problem.detail


def test_the_zone_of_a_capture_makes_no_difference() -> None:
    """The same moment in any zone gives the same dates."""
    body = render(_profile(date(2026, 1, 2), NEW_YEAR), key=FIRST_KEY, today=date(2026, 1, 2), markup="cards")
    moment = datetime(2026, 1, 2, 2, tzinfo=UTC)
    zones = [timezone(timedelta(hours=hours)) for hours in (-12, 0, 9, 14)]
    assert len({extract_page(body, fetched_at=moment.astimezone(zone)) for zone in zones}) == 1
