"""Rules against news: what is told, from which value on, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scholar_etl.alerts.rules import (
    MetricValue,
    Person,
    is_meant,
    longest_window,
    metric_alert,
    rule_key,
    silence_alerts,
    unknown_names,
)
from scholar_etl.settings import AlertRule

START = datetime(2026, 11, 1, 5, tzinfo=UTC)


def day(number: int) -> datetime:
    """Return the moment of a day's page."""
    return START + timedelta(days=number)


def values(*steps: tuple[int, int]) -> list[MetricValue]:
    """Return values by the day from which each held."""
    return [MetricValue(value, day(number)) for number, value in steps]


def ada(seen_to: int | None, since: int = 0) -> Person:
    """Return an author who was last looked at on a day."""
    seen = None if seen_to is None else day(seen_to)
    return Person("scholarfeed:1", "Ada L.", "Ada", ("speech",), since_at=day(since), seen_to=seen)


def told(rule: AlertRule, person: Person, steps: list[MetricValue], counted: int | None = None) -> Any:
    """Return the old and the new value that are told, None for nothing."""
    alert = metric_alert(rule, person, "citation_count", steps, None if counted is None else day(counted))
    return alert and (alert.old, alert.new)


@pytest.mark.parametrize(
    ("rule", "steps", "expected"),
    [
        ({}, [(0, 100)], None),
        ({}, [(0, 100), (2, 101)], (100, 101)),
        ({}, [(0, 100), (2, 99)], (100, 99)),
        ({}, [(0, 100), (2, 120), (3, 100)], None),
        ({}, [(0, 100), (2, 120), (3, 90)], (100, 90)),
        ({}, [(2, 100)], None),
        ({"metric": "h_index"}, [(0, 100), (2, 101)], None),
        ({"direction": "down"}, [(0, 100), (2, 101)], None),
        ({"direction": "down"}, [(0, 100), (2, 99)], (100, 99)),
        ({"direction": "up"}, [(0, 100), (2, 99)], None),
        ({"min_change": 5}, [(0, 100), (2, 104)], None),
        ({"min_change": 5}, [(0, 100), (2, 95)], (100, 95)),
        ({"min_change": "5%"}, [(0, 200), (2, 209)], None),
        ({"min_change": "5%"}, [(0, 200), (2, 210)], (200, 210)),
        ({"min_change": "5%"}, [(0, 0), (2, 1)], (0, 1)),
    ],
)
def test_from_one_look_to_the_next(
    rule: dict[str, Any], steps: list[tuple[int, int]], expected: tuple[int, int] | None
) -> None:
    """Without a window it is the value at the last look against that of now; a first value is no change."""
    assert told(AlertRule(on="metric", **rule), ada(seen_to=1), values(*steps)) == expected


def test_before_the_first_look_nothing_is_told() -> None:
    """An author whose first accepted page this is has no past to compare with."""
    assert told(AlertRule(on="metric"), ada(seen_to=None), values((0, 1), (1, 2))) is None


WEEK = AlertRule(on="metric", window="7d", min_change=10)


@pytest.mark.parametrize(
    ("steps", "seen_to", "since", "counted", "expected"),
    [
        pytest.param([(0, 100), (5, 104), (6, 108), (7, 112)], 6, 0, None, (100, 112), id="gathered in the window"),
        pytest.param([(0, 100), (5, 104), (6, 108), (7, 109)], 6, 0, None, None, id="not enough"),
        pytest.param([(0, 100), (1, 105), (9, 110)], 8, 0, None, None, id="some of it is older than the window"),
        pytest.param([(0, 100), (5, 90), (6, 100)], 5, 0, None, (90, 100), id="from the lowest value"),
        pytest.param([(0, 100), (5, 115), (6, 104)], 5, 0, None, (115, 104), id="from the highest value"),
        pytest.param([(0, 100), (5, 104), (6, 112)], 5, 5, None, None, id="not from before alerts were on"),
        pytest.param([(0, 100), (5, 112), (6, 114)], 5, 0, 5, None, id="told on day 5"),
        pytest.param([(0, 100), (5, 112), (6, 114), (7, 122)], 6, 0, 5, (112, 122), id="told on day 5, and again"),
        pytest.param([(0, 100), (5, 112)], 5, 0, None, None, id="nothing since the last look"),
    ],
)
def test_within_a_window(
    steps: list[tuple[int, int]], seen_to: int, since: int, counted: int | None, expected: tuple[int, int] | None
) -> None:
    """Each change counts for one alert: what was told is behind, and so is what came before alerts were on."""
    assert told(WEEK, ada(seen_to, since), values(*steps), counted) == expected


def test_whom_a_rule_is_for() -> None:
    """Everybody, or who is named by id, number, label or name in any case, or has a tag."""
    person = ada(0)
    for names in ({}, {"authors": ["ADA"]}, {"authors": ["ada l."]}, {"authors": ["1"]}, {"tags": ["x", "speech"]}):
        assert is_meant(AlertRule(on="new_paper", **names), person)
    for names in ({"authors": ["Ad"]}, {"tags": ["speec"]}, {"authors": ["2"], "tags": ["Speech"]}):
        assert not is_meant(AlertRule(on="new_paper", **names), person)


def test_names_that_nobody_has_are_told_with_the_number_of_their_rule() -> None:
    """One line each, with key, value and what is expected."""
    rules = [AlertRule(on="new_paper", authors=("Ada", "Bob")), AlertRule(on="new_code", tags=("speech", "vision"))]
    assert list(unknown_names(rules, [ada(0)])) == [
        "key 'alerts.rule.1.authors' has 'Bob', expected an author_id of the watchlist, its number or its name",
        "key 'alerts.rule.2.tags' has 'vision', expected a tag of the watchlist",
    ]


def test_silence() -> None:
    """From the last good refresh on, or from when alerts are on; each rule has its own time."""
    rules = [AlertRule(on="no_refresh"), AlertRule(on="no_refresh", after="3d"), AlertRule(on="new_paper")]

    def spans(good: int | None, now: datetime) -> list[str]:
        good_at = None if good is None else day(good)
        return [alert.item for alert in silence_alerts(rules, "36h", good_at, day(0), now)]

    assert spans(1, day(2)) == []
    assert spans(1, day(1) + timedelta(hours=36)) == ["36h"]
    assert spans(1, day(4)) == ["36h", "3d"]
    assert spans(None, day(2)) == ["36h"]
    (first, _) = silence_alerts(rules, "36h", day(1), day(0), day(5))
    (again, _) = silence_alerts(rules, "36h", day(1), day(0), day(9))
    assert first.key == again.key


def test_a_rule_is_known_by_what_it_says() -> None:
    """The same rule has the same key in every run, another one another."""
    assert rule_key(WEEK) == rule_key(AlertRule(on="metric", window="7d", min_change=10.0))
    assert rule_key(WEEK) != rule_key(AlertRule(on="metric", window="7d", min_change="10%"))
    assert longest_window([WEEK, AlertRule(on="metric", window="2w"), AlertRule(on="new_code")]) == timedelta(days=14)
    assert longest_window([]) == timedelta()
