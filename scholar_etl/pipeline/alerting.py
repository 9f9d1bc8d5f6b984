"""Alerts at the end of a refresh: what is new since each author was last looked at, queued and sent.

    published warehouse -> news -> rules -> outbox -> channels

Alerts and the marks that say what has been looked at are written in one transaction, after publication: a run killed
before it leaves the news for the next run, one killed after it leaves messages that wait. Nothing here fails a refresh.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from scholar_etl.alerts.channels import Channel
from scholar_etl.alerts.rules import (
    MetricValue,
    Person,
    as_person,
    longest_window,
    metric_alert,
    rule_key,
    silence_alerts,
    unknown_names,
    wanted_by,
)
from scholar_etl.clock import Clock
from scholar_etl.errors import LockedError, MissingWarehouseError, ScholarEtlError
from scholar_etl.lock import ProjectLock
from scholar_etl.model import Alert, AuthorMark, Outcome
from scholar_etl.settings import SETTINGS_FILE, AlertRule, Project
from scholar_etl.store import Counted, News, Outbox, author_names, connect, last_good_run
from scholar_etl.watchlist import Watchlist

_SINGLE_COUNT = 50
"""More changes of one run than these come in one message, whatever the settings say: nobody reads a thousand mails."""

_PAGE_KINDS = {Outcome.NOT_FOUND: "author_gone", Outcome.QUARANTINED: "page_held"}
_NO_TROUBLE = (Outcome.ACCEPTED, None)
_NEVER = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class AlertReport:
    """What a run had to tell: how many changes were new, how many messages each channel took, and what went wrong.

    `problems` are lines for a person, without secrets.
    """

    told_count: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str | None:
        """What was told and sent, in one line; None when there was nothing."""
        sent = ", ".join(f"{count} to {channel}" for channel, count in self.sent.items())
        parts = [f"{self.told_count} new" if self.told_count else "", f"sent {sent}" if sent else ""]
        told = "; ".join(part for part in parts if part)
        return f"alerts: {told}" if told else None


def prepare_alerts(project: Project, now: datetime) -> None:
    """Before a run: where alerts have been turned on since the last one, let what is known now be no news."""
    is_on = project.settings.alerts.are_on
    if not is_on and not project.outbox.exists():
        return
    try:
        with Outbox(project.outbox) as outbox:
            if is_on:
                _begin(project, outbox, now)
            else:
                outbox.end()
    except (ScholarEtlError, OSError) as error:
        _log.warning("alerts: %s", error)


def send_alerts(project: Project, clock: Clock) -> AlertReport:
    """After a run: queue what is new, and send what waits. Never raises but on Ctrl-C; what is left is sent later."""
    report = AlertReport()
    if project.settings.alerts.are_on:
        with _told_in(report), Outbox(project.outbox) as outbox:
            report.problems += unknown_in_rules(project)
            with outbox.transaction():  # two runs that look at once would tell overlapping changes
                report.told_count = _queue_news(project, outbox, clock())
            _send_waiting(project, outbox, clock, report)
    return report


def send_silence(project: Project, clock: Clock) -> AlertReport:
    """While runs may be going on: tell, once, that no refresh has succeeded for the time that a rule names."""
    report = AlertReport()
    if project.settings.alerts.are_on:
        with _told_in(report), Outbox(project.outbox) as outbox:
            now = clock()
            _begin(project, outbox, now)
            report.told_count = outbox.tell(_silences(project, outbox, now), (), (), now, single_count=1)
            _send_waiting(project, outbox, clock, report)
    return report


def channels_of(project: Project) -> list[Channel]:
    """Return the channels of the settings, in their order, each once."""
    addresses = (address.get_secret_value() for address in project.settings.alerts.channels)
    return [Channel(address) for address in dict.fromkeys(addresses)]


def unknown_in_rules(project: Project) -> list[str]:
    """Return a line for each author and tag that a rule names and the watchlist has not."""
    names: dict[str, str] = {}
    with suppress(MissingWarehouseError), connect(project.warehouse) as connection:
        names = author_names(connection)
    people = [as_person(author, names) for author in Watchlist(project.watchlist).authors]
    file = project.folder / SETTINGS_FILE
    return [f"{file}: {line}" for line in unknown_names(project.settings.alerts.rule, people)]


@contextmanager
def _told_in(report: AlertReport) -> Iterator[None]:
    """Make a problem of whatever goes wrong: the refresh itself is done, and published."""
    try:
        yield
    except ScholarEtlError as error:
        report.problems.append(f"alerts: {error}")
    except Exception as error:  # noqa: BLE001 - also what nobody foresaw
        report.problems.append(f"alerts: {type(error).__name__}: {error}")


def _begin(project: Project, outbox: Outbox, now: datetime) -> None:
    """Turn alerts on where they are not, and let the outbox know the channels of the settings."""
    if outbox.since() is None:
        outbox.begin(_marks_now(project), now)
    outbox.set_channels([channel.name for channel in channels_of(project)])


def _marks_now(project: Project) -> list[AuthorMark]:
    try:
        with connect(project.warehouse) as connection, News.since(connection, ()) as news:
            return [_mark_of(row) for row in news.authors()]
    except MissingWarehouseError:
        return []


def _queue_news(project: Project, outbox: Outbox, now: datetime) -> int:
    """Look for what is new in the published warehouse, and queue it with the marks moved; return how much it is."""
    settings = project.settings.alerts
    outbox.give_up(now)
    _begin(project, outbox, now)
    with connect(project.warehouse) as connection, News.since(connection, outbox.marks()) as news:
        rows = news.authors()
        search = _Search(settings.rule, news, outbox.counted())
        alerts = [*search.alerts(rows), *_silences(project, outbox, now)]
    single_count = 0 if settings.digest else _SINGLE_COUNT
    return outbox.tell(alerts, map(_mark_of, rows), search.counted, now, single_count=single_count)


def _silences(project: Project, outbox: Outbox, now: datetime) -> list[Alert]:
    since_at, good_at = outbox.since() or now, None
    with suppress(MissingWarehouseError), connect(project.warehouse) as connection:
        good_at = last_good_run(connection)
    default = project.settings.schedule.alarm_after
    return list(silence_alerts(project.settings.alerts.rule, default, good_at, since_at, now))


class _Search:
    """Looks for alerts among the news of some authors; `counted` is what rules with a window have counted by it."""

    def __init__(
        self,
        rules: Sequence[AlertRule],
        news: News,
        counted_to: dict[tuple[str, str, str], datetime],
    ) -> None:
        self._rules = rules
        self._keys = {rule: rule_key(rule) for rule in rules}
        self._news = news
        self._counted_to = counted_to
        self.counted: list[Counted] = []

    def alerts(self, rows: Sequence[dict[str, Any]]) -> Iterator[Alert]:
        """Yield the alerts of the authors of whom a page has come, an author's one after the other."""
        people = {row["author_id"]: _person(row) for row in rows}
        changed = [
            row["author_id"] for row in rows if row["seen_to"] and (row["last_changed_at"] or _NEVER) > row["seen_to"]
        ]
        troubled = [row["author_id"] for row in rows if row["last_outcome"] not in _NO_TROUBLE]
        found: list[Alert] = []
        if changed:
            found += self._metric_alerts(people, changed)
            found += self._paper_alerts(people, changed)
        if troubled:
            found += self._page_alerts(people, troubled)
        place = {author_id: number for number, author_id in enumerate(people)}
        yield from sorted(found, key=lambda alert: place[alert.author_id or ""])

    def _metric_alerts(self, people: dict[str, Person], changed: Sequence[str]) -> Iterator[Alert]:
        seen_to = min(person.seen_to for a in changed if (person := people[a]).seen_to is not None)
        rows = self._news.metrics(changed, seen_to - longest_window(self._rules))
        for (author_id, metric), group in groupby(rows, key=itemgetter("author_id", "metric")):
            values = [MetricValue(row["value"], row["valid_from"]) for row in group]
            for rule in wanted_by(self._rules, "metric", people[author_id]):
                key = (self._keys[rule], author_id, metric)
                alert = metric_alert(rule, people[author_id], metric, values, self._counted_to.get(key))
                if alert is not None:
                    if rule.window is not None:
                        self.counted.append(Counted(*key, values[-1].valid_from))
                    yield alert

    def _paper_alerts(self, people: dict[str, Person], changed: Sequence[str]) -> Iterator[Alert]:
        for row in self._news.papers(changed):
            person = people[row["author_id"]]
            if row["is_new"] and wanted_by(self._rules, "new_paper", person):
                yield _alert("new_paper", person, row["first_seen_at"], row["paper_id"], row["title"])
            if row["is_new_code"] and wanted_by(self._rules, "new_code", person):
                yield _alert("new_code", person, row["changed_at"], row["paper_id"], row["title"])

    def _page_alerts(self, people: dict[str, Person], troubled: Sequence[str]) -> Iterator[Alert]:
        for row in self._news.pages(troubled):
            person, kind = people[row["author_id"]], _PAGE_KINDS[Outcome(row["outcome"])]
            if wanted_by(self._rules, kind, person):
                yield _alert(kind, person, row["since_at"], row["capture_id"], row["reasons"])


def _alert(kind: str, person: Person, at: datetime, item: str, text: str | None) -> Alert:
    return Alert(kind, at, item, person.author_id, person.called, person.url, text=text)


def _person(row: dict[str, Any]) -> Person:
    names = (row["author_id"], row["name"], row["label"], tuple(row["tags"]), row["url"])
    return Person(*names, since_at=row["since_at"], seen_to=row["seen_to"])


def _mark_of(row: dict[str, Any]) -> AuthorMark:
    """Return how far an author has been looked at, once this row of the news has been: never less far than before."""
    seen_to, tried_to = (_newest(row[old], row[new]) for old, new in _MOMENTS)
    assert tried_to is not None  # noqa: S101 - whoever is in the warehouse was asked for
    return AuthorMark(row["author_id"], row["since_at"] or seen_to, seen_to, tried_to)


_MOMENTS = (("seen_to", "last_seen_at"), ("tried_to", "last_tried_at"))


def _newest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _send_waiting(project: Project, outbox: Outbox, clock: Clock, report: AlertReport) -> None:
    """Send what waits and may be tried now, each channel on its own; two processes never send at once."""
    channels = channels_of(project)
    while any(outbox.waiting(channel.name, clock()) for channel in channels):
        try:
            with ProjectLock(project.folder / ".scholar-etl.alerts.lock"):
                for channel in channels:
                    _send_to(channel, outbox, project.settings.alerts.timeout_s, clock, report)
        except LockedError:
            return  # whoever holds it looks once more before it ends


def _send_to(channel: Channel, outbox: Outbox, timeout_s: float, clock: Clock, report: AlertReport) -> None:
    for message in outbox.waiting(channel.name, clock()):
        reason = channel.send(message, timeout_s)
        if reason is not None:
            again_at = outbox.note_failure(channel.name, reason, clock())
            report.problems.append(
                f"alerts: {channel.name} failed: {reason}; tried again by the first refresh from "
                f"{again_at:%Y-%m-%d %H:%M} UTC on"
            )
            return  # what comes after it would wait as long for nothing
        outbox.note_sent(channel.name, message, clock())
        report.sent[channel.name] = report.sent.get(channel.name, 0) + 1
