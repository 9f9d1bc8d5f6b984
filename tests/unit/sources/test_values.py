"""Text to values: exact, or refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.sources.values import (
    ValueRoundedError,
    ValueUnreadableError,
    YearlessDay,
    parse_count,
    parse_date,
    parse_pct,
)


@given(st.integers(0, 10**11))
def test_counts_are_read_with_and_without_commas(number: int) -> None:
    """Every count reads back as itself, however it is grouped."""
    assert parse_count(f"{number:,}") == number
    assert parse_count(str(number)) == number


@pytest.mark.parametrize("text", ["-", "–", "—", "−", "N/A", "n/a", "?", "…"])
def test_a_dash_is_no_value(text: str) -> None:
    """What a page prints where it has no value is None, not 0."""
    assert parse_count(text) is None
    assert parse_pct(text) is None


@pytest.mark.parametrize("text", ["1.2K", "6.2k", "3M", "1 M", "1.5B", "2,5K", "1000+", "6,000+"])
def test_rounded_counts_are_told_apart(text: str) -> None:
    """A magnitude is its own error: the value exists, and is not known exactly."""
    with pytest.raises(ValueRoundedError):
        parse_count(text)


@pytest.mark.parametrize("text", ["6'209", "6’209", "1’234’567"])
def test_an_apostrophe_may_part_thousands(text: str) -> None:
    """Swiss pages group digits by apostrophes."""
    assert parse_count(text) == int(text.replace("'", "").replace("’", ""))


@pytest.mark.parametrize(
    "text",
    ["", "1,23", "12,3456", "1.234", "1 234", "-5", "27x", "1e3", "1,,000", "00", "007", "0,123", "1,234’567", "12’3"],
)
def test_what_is_no_count_is_refused(text: str) -> None:
    """Anything that is not one whole number in one notation is refused, not repaired."""
    with pytest.raises(ValueUnreadableError):
        parse_count(text)


def test_percentages() -> None:
    """The sign may be missing or stand apart."""
    assert [parse_pct(text) for text in ("54%", "54 %", "54", "0%")] == [54, 54, 54, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("May 30, 2022", date(2022, 5, 30)),
        ("May 30,2022", date(2022, 5, 30)),
        ("Sept. 3, 2021", date(2021, 9, 3)),
        ("February 29, 2024", date(2024, 2, 29)),
        ("2022-05-30", date(2022, 5, 30)),
        ("February 29, 2023", None),
        ("2022-13-01", None),
        ("Mai 30, 2022", None),
        ("May 32", None),
        ("Apr 15", YearlessDay(4, 15)),
        ("Feb 29", YearlessDay(2, 29)),
        ("Feb 30", None),
        ("30 May 2022", date(2022, 5, 30)),
        ("30 May", None),
        ("May 2022", None),
        ("", None),
    ],
)
def test_dates_as_printed(text: str, expected: date | YearlessDay | None) -> None:
    """The notations of the site read exactly; what is none is None."""
    assert parse_date(text) == expected
