"""What a refresh says of those who were left to the next one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scholar_etl.cli.progress import describe_deferred
from scholar_etl.model import WatchedAuthor
from scholar_etl.pipeline import AuthorResult


def deferred(count: int, reason: str, until: datetime | None = None) -> list[AuthorResult]:
    """Return so many deferred authors."""
    return [AuthorResult(WatchedAuthor(f"s:{n}", "s", str(n)), None, reason, until) for n in range(count)]


def test_each_reason_is_told_once() -> None:
    """With the number of authors, in the order in which the reasons came up."""
    results = [*deferred(2, "a is down"), *deferred(1, "b is down"), *deferred(3, "a is down")]
    assert describe_deferred(results) == ["a is down: 5 authors deferred", "b is down: 1 author deferred"]
    assert describe_deferred([]) == []


@pytest.mark.parametrize(
    ("second", "microsecond", "said"),
    [(0, 0, "23:59"), (0, 1, "00:00"), (1, 0, "00:00"), (59, 999_999, "00:00")],
)
def test_the_moment_has_come_when_it_is_said_to(second: int, microsecond: int, said: str) -> None:
    """To the minute, rounded up: whoever asks at that time is not refused for being early."""
    until = datetime(2026, 11, 25, 23, 59, second, microsecond, tzinfo=UTC)
    day = "2026-11-25" if said == "23:59" else "2026-11-26"
    assert describe_deferred(deferred(37, "quota gone", until)) == [
        f"quota gone until {day} {said} UTC: 37 authors deferred"
    ]
