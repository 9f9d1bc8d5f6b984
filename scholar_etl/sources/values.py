"""Text to values: counts, percentages and dates as the sites print them. What is not exactly one is refused."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

_COUNT = re.compile(r"(?!0[\d,'’])(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:['’]\d{3})+|\d{1,12})")
_PARTING = re.compile(r"[,'’]")
_ROUNDED = re.compile(r"\d{1,3}(?:[.,]\d+)?\s?[KkMmBb]\+?|\d[\d,]*\+")
_DASHES = frozenset(("-", "–", "—", "−", "N/A", "n/a", "?", "…"))
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
DATE = (
    r"(?:(?P<month>[A-Z][a-z]{2,8})\.?\s(?P<day>\d{1,2})(?:,\s?(?P<year>\d{4}))?"
    r"|(?P<first_day>\d{1,2})\s(?P<next_month>[A-Z][a-z]{2,8})\.?,?\s(?P<last_year>\d{4}))"
)
_DATE = re.compile(DATE)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_LEAP_YEAR = 2000


class YearlessDay(NamedTuple):
    """A day that is printed without its year."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{date(_LEAP_YEAR, *self):%b} {self.day}"


class ValueUnreadableError(ValueError):
    """A text stands where a value should be, and is none."""


class ValueRoundedError(ValueError):
    """A text such as `1.2K` gives a magnitude, not the number."""


def parse_count(text: str) -> int | None:
    """Read `6,209`, `6’209` or `27` exactly; a dash or `N/A` is None.

    Raises `ValueRoundedError` on `1.2K` and `ValueUnreadableError` on anything else.
    """
    if text in _DASHES:
        return None
    if _COUNT.fullmatch(text):
        return int(_PARTING.sub("", text))
    if _ROUNDED.fullmatch(text):
        raise ValueRoundedError(text)
    raise ValueUnreadableError(text)


def parse_pct(text: str) -> int | None:
    """Read `54%` or `54 %` as 54; like `parse_count` otherwise."""
    return parse_count(text.removesuffix("%").rstrip())


def is_date(text: str) -> bool:
    """Tell whether a text has the form of a printed date: `May 30, 2022` has, `Llama 2` has not."""
    match = _DATE.fullmatch(text)
    return match is not None and (match["month"] or match["next_month"]).lower() in _MONTHS


def parse_date(text: str) -> date | YearlessDay | None:
    """Read `May 30, 2022`, `30 May 2022`, `2022-05-30`, or `Apr 15` of a year left out; None when the text is no date.

    `years.py` tells the year that is left out.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        iso = _ISO_DATE.fullmatch(text)
        return day_of(int(iso[1]), int(iso[2]), int(iso[3])) if iso else None
    name, day, year, first_day, next_name, last_year = match.groups()
    month = _MONTHS.get((name or next_name).lower())
    if month is None:
        return None
    if year or last_year:
        return day_of(int(year or last_year), month, int(day or first_day))
    return YearlessDay(month, int(day)) if day_of(_LEAP_YEAR, month, int(day)) else None


def day_of(year: int, month: int, day: int) -> date | None:
    """Return a day of the calendar; None where that has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
