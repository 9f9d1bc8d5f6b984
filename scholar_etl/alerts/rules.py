"""Which news the rules of the settings want told. Pure: rows in, alerts out.

A rule without a window looks at what a metric was when the author was last looked at, and at what it is now. One with
a window looks back further: to the lowest value in it for a rise, to the highest for a fall, but never behind a change
that it has told already, or the moment from which alerts are on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from scholar_etl.model import Alert, WatchedAuthor
from scholar_etl.settings import AlertRule
from scholar_etl.span import parse_span


@dataclass(frozen=True, slots=True)
class Person:
    """An author of whom there may be news: what rules name him by, and from where on (aware) changes count.

    `name` is the page's, `label` the watchlist's; None when there is none. `since_at` and `seen_to` are those of the
    author's mark.
    """

    author_id: str
    name: str | None
    label: str | None
    tags: tuple[str, ...]
    url: str | None = None
    since_at: datetime | None = None
    seen_to: datetime | None = None

    @property
    def called(self) -> str:
        """Return the best name that there is."""
        return self.name or self.label or self.author_id


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A value of a metric from a moment (aware) on."""

    value: int
    valid_from: datetime


def rule_key(rule: AlertRule) -> str:
    """Return what a rule is known by from run to run: all that it says."""
    return blake2b(rule.model_dump_json().encode(), digest_size=8).hexdigest()


def is_meant(rule: AlertRule, person: Person) -> bool:
    """Return whether a rule is for an author: named, tagged, or everybody is."""
    if not rule.authors and not rule.tags:
        return True
    return bool(set(rule.tags) & set(person.tags)) or any(_is_called(person, wanted) for wanted in rule.authors)


def wanted_by(rules: Iterable[AlertRule], kind: str, person: Person) -> list[AlertRule]:
    """Return the rules of a kind that are for an author."""
    return [rule for rule in rules if rule.on == kind and is_meant(rule, person)]


def metric_alert(
    rule: AlertRule, person: Person, metric: str, values: Sequence[MetricValue], counted_to: datetime | None
) -> Alert | None:
    """Return what a rule tells of one metric of an author, None for nothing.

    `values` are those that held since the earlier of the mark and the window's beginning, in order; `counted_to`
    (aware) is up to when the rule has told changes of this metric.
    """
    if not values or person.seen_to is None or rule.metric not in (None, metric):
        return None
    now, before = values[-1], _value_at(values, person.seen_to)
    if before is None or before == now.value:
        return None
    is_rise = now.value > before
    if rule.direction not in ("any", "up" if is_rise else "down"):
        return None
    old = before
    if rule.window is not None:
        start = max(filter(None, (now.valid_from - parse_span(rule.window), person.since_at, counted_to)))
        within = [held.value for held in values if held.valid_from > start]
        at_start = _value_at(values, start)
        old = (min if is_rise else max)([*within, *([] if at_start is None else [at_start])])
    delta = abs(now.value - old)
    # From nothing, every rise is larger than any percentage.
    if delta < rule.min_delta or (old and 100 * delta / abs(old) < rule.min_pct):
        return None
    return Alert(
        "metric",
        now.valid_from,
        metric,
        person.author_id,
        person.called,
        person.url,
        old=old,
        new=now.value,
        within=rule.window,
    )


def silence_alerts(
    rules: Iterable[AlertRule], default: str, good_at: datetime | None, since_at: datetime, now: datetime
) -> Iterator[Alert]:
    """Yield an alert for each rule whose time without a good refresh has passed; all moments are aware.

    `good_at` is when the last good one began, None when there never was one: then the time counts from `since_at`.
    `default` is the span of a rule that names none.
    """
    for rule in rules:
        span = rule.after or default
        if rule.on == "no_refresh" and now - (good_at or since_at) >= parse_span(span):
            yield Alert("no_refresh", good_at, span)


def longest_window(rules: Iterable[AlertRule]) -> timedelta:
    """Return how far back the rules look."""
    return max((parse_span(rule.window) for rule in rules if rule.window), default=timedelta())


def unknown_names(rules: Sequence[AlertRule], people: Iterable[Person]) -> Iterator[str]:
    """Yield a line for each author and each tag that a rule names and nobody of `people` has."""
    everybody = list(people)
    tags = {tag for person in everybody for tag in person.tags}
    for number, rule in enumerate(rules, 1):
        for name in rule.authors:
            if not any(_is_called(person, name) for person in everybody):
                yield _unknown(number, "authors", name, "an author_id of the watchlist, its number or its name")
        for tag in rule.tags:
            if tag not in tags:
                yield _unknown(number, "tags", tag, "a tag of the watchlist")


def as_person(author: WatchedAuthor, names: Mapping[str, str | None]) -> Person:
    """Return an author of the watchlist as rules see him; `names` are the pages' names by author_id."""
    return Person(author.author_id, names.get(author.author_id), author.label, author.tags)


def _is_called(person: Person, wanted: str) -> bool:
    names = {name.casefold() for name in (person.name, person.label) if name}
    return wanted in (person.author_id, person.author_id.partition(":")[2]) or wanted.casefold() in names


def _unknown(number: int, key: str, value: str, expected: str) -> str:
    return f"key 'alerts.rule.{number}.{key}' has {value!r}, expected {expected}"


def _value_at(values: Sequence[MetricValue], moment: datetime) -> int | None:
    place = bisect_right(values, moment, key=lambda held: held.valid_from)
    return values[place - 1].value if place else None
