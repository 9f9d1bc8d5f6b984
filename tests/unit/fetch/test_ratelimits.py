"""What a site says about when to ask again, in every way of saying it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.fetch.client import Reply
from scholar_etl.fetch.ratelimits import wished_pause_s

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EPOCH_S = int(NOW.timestamp())
YEAR_S = 366 * 86_400.0


def pause_s(status: int, **headers: object) -> float | None:
    """Return the pause that an answer asks for; `x_ratelimit_reset=3` is the header X-RateLimit-Reset: 3."""
    named = tuple((name.replace("_", "-").title(), str(value)) for name, value in headers.items())
    return wished_pause_s(Reply("https://site.example/", status=status, headers=named), NOW)


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("0", 0),
        ("30", 30),
        ("0.5", 0.5),
        ("86400", 86_400),
        (EPOCH_S + 30, 30),
        (EPOCH_S - 30, 0),  # passed: ask at once
        (f"{EPOCH_S + 30}.25", 30.25),
        ((EPOCH_S + 30) * 1000, 30),
        ("99999999999999", YEAR_S),  # the year 5138
    ],
)
@pytest.mark.parametrize("spelling", ["x_ratelimit", "ratelimit"])
def test_a_reset_is_seconds_or_a_moment(spelling: str, reset: object, expected: float) -> None:
    """Small figures count from now, large ones from 1970, in seconds or milliseconds; nobody waits for ever."""
    headers = {f"{spelling}_remaining": 0, f"{spelling}_reset": reset}
    assert pause_s(200, **headers) == pytest.approx(expected)
    assert pause_s(429, **headers) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {}),
        (429, {}),
        (200, {"x_ratelimit_remaining": 1, "x_ratelimit_reset": 30}),  # there is some left
        (429, {"x_ratelimit_remaining": 1, "x_ratelimit_reset": 30}),  # another limit refused us
        (200, {"x_ratelimit_reset": 30}),  # nothing says that it is used up
        (200, {"x_ratelimit_remaining": 0}),  # nothing says until when
        (200, {"retry_after": 30}),  # only a refusal is tried again
        (404, {"retry_after": 30}),
        (429, {"retry_after": "soon", "x_ratelimit_reset": "tomorrow"}),
        (200, {"x_ratelimit_remaining": "none", "x_ratelimit_reset": "-5"}),
        (200, {"x_ratelimit_remaining": 0, "x_ratelimit_reset": "1e9"}),
        (200, {"x_ratelimit_remaining": "\u0660", "x_ratelimit_reset": "\u0663"}),  # figures, but not HTTP's
    ],
)
def test_what_says_nothing_asks_for_nothing(status: int, headers: dict[str, object]) -> None:
    """Headers that are missing, unreadable or about something else are no wish."""
    assert pause_s(status, **headers) is None


@pytest.mark.parametrize("status", [403, 429, 500, 502, 503, 504])
def test_a_refusal_with_retry_after(status: int) -> None:
    """Seconds or a date; beyond a year nobody is believed."""
    assert pause_s(status, retry_after=30) == 30
    assert pause_s(status, retry_after="Wed, 25 Nov 2026 12:00:30 GMT") == 30
    assert pause_s(status, retry_after="Wed, 25 Nov 2020 12:00:30 GMT") == 0
    assert pause_s(status, retry_after="9" * 400) == YEAR_S
    assert pause_s(status, retry_after="Fri, 31 Dec 9999 23:59:59 GMT") == YEAR_S


def test_429_with_a_reset_alone() -> None:
    """Who refuses for the rate and names a reset need not count what remains."""
    assert pause_s(429, x_ratelimit_reset=30) == 30
    assert pause_s(403, x_ratelimit_reset=30) is None


def test_the_longer_wish_counts() -> None:
    """Retry-After and a reset in one answer."""
    for after, reset in ((10, 3_600), (3_600, 10)):
        assert pause_s(429, retry_after=after, x_ratelimit_remaining=0, x_ratelimit_reset=reset) == 3_600


@given(status=st.integers(100, 599), remaining=st.text(), reset=st.text(), after=st.text())
def test_any_text_is_survived(status: int, remaining: str, reset: str, after: str) -> None:
    """Whatever stands there, what comes out can be added to a date."""
    wished = pause_s(status, x_ratelimit_remaining=remaining, x_ratelimit_reset=reset, retry_after=after)
    assert wished is None or NOW <= NOW + timedelta(seconds=wished) <= NOW + timedelta(days=366)
