"""The year of a date that is printed without one, `Apr 15`: a site leaves it out for papers of its own current year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from scholar_etl.sources.selectors import AmbiguousOnPageError
from scholar_etl.sources.values import YearlessDay, day_of

# The first zone to begin a year is ahead of UTC, the last one behind it.
_AHEAD = timedelta(hours=14)
_BEHIND = timedelta(hours=12)
_GRACE = timedelta(days=1)


def latest_day(days: Iterable[date | YearlessDay], captured_at: datetime) -> date:
    """Return the latest day that a date without its year can be, on a page with these dates.

    It is the day after that of the capture (aware, in UTC), for zones ahead, but in the site's own year. Within a day
    around New Year that depends on the site's zone, and the dates tell it: the site prints no other year than its own
    without it, and never its own. They are looked at on those days only. Raises `AmbiguousOnPageError` when they do not
    tell.
    """
    limit = captured_at.date() + _GRACE
    older, newer = (captured_at - _BEHIND).year, (captured_at + _AHEAD).year
    if older == newer:
        return min(limit, date(newer, 12, 31))
    printed = list(days)
    yearless = [day for day in printed if isinstance(day, YearlessDay)]
    if not yearless:
        return limit
    years = {day.year for day in printed if isinstance(day, date)}
    latest = {older: date(older, 12, 31), newer: limit}
    able = [year for year in latest if year not in years and _are_of(year, yearless, latest[year])]
    if len(able) != 1:
        raise AmbiguousOnPageError(
            "year_unclear",
            f"at New Year, the dates do not tell whether '{yearless[0]}' is of {older} or {newer}: wait for the next"
            " capture, a day later it is certain",
        )
    return latest[able[0]]


def dated(day: date | YearlessDay, latest: date) -> date:
    """Return a day with its year: for one without, the latest such day that is not after `latest`."""
    if isinstance(day, date):
        return day
    # Eight years back reach a February 29 in any case (1896 to 1904, 2096 to 2104).
    days = (day_of(year, day.month, day.day) for year in range(latest.year, latest.year - 9, -1))
    return next(found for found in days if found is not None and found <= latest)


def _are_of(year: int, yearless: Iterable[YearlessDay], latest: date) -> bool:
    days = (day_of(year, day.month, day.day) for day in yearless)
    return all(day is not None and day <= latest for day in days)
