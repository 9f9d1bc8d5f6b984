"""What has been looked at, what was told, and what waits to be sent: the state of alerts, in a SQLite file of its own.

It is no function of the archive, so it does not lie in the warehouse, which a replay makes anew. And it is written
while another process may hold the warehouse.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scholar_etl.errors import OutboxError
from scholar_etl.model import Alert, AuthorMark, Message
from scholar_etl.store.sql import read_sql

_BUSY_S = 20
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
_MOST_DOUBLINGS = 10
_GIVEN_UP_AFTER = timedelta(days=14)
_MOST_ALERTS = 500
_MOMENTS = frozenset(
    {"since_at", "seen_to", "tried_to", "made_at", "sent_at", "next_try_at", "failed_at", "waiting_since", "counted_to"}
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """Up to when (aware) a rule with a window has counted the changes of an author's metric."""

    rule: str
    author_id: str
    metric: str
    counted_to: datetime


class Outbox:
    """Context manager: the state of alerts at `path`, made where it is missing.

    Each method is a transaction, on the disk when it returns, unless it is called within one. Raises `OutboxError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        with self._translated():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
            self._connection.executescript(read_sql("outbox/schema.sql"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let what is done inside be done as a whole or not at all, while no other process writes."""
        if self._connection.in_transaction:
            yield
            return
        with self._translated():
            self._connection.execute("begin immediate")
            with self._connection:  # commits, or rolls back
                yield

    def since(self) -> datetime | None:
        """Return since when alerts are on (aware), None when they are off."""
        rows = self._run("period")
        return rows[0]["since_at"] if rows else None

    def begin(self, marks: Iterable[AuthorMark], now: datetime) -> None:
        """Turn alerts on: what is known now is no news."""
        with self.transaction():
            self._run("delete_marks")
            self._write_marks(marks)
            self._run("begin_period", since_at=now)

    def end(self) -> None:
        """Turn alerts off. What comes from now on is never told; what was told is remembered."""
        with self.transaction():
            self._run("end_period")
            for row in self._run("channels"):
                self._drop(row["channel"])

    def marks(self) -> list[AuthorMark]:
        """Return how far each author has been looked at."""
        return [AuthorMark(**row) for row in self._run("marks")]

    def counted(self) -> dict[tuple[str, str, str], datetime]:
        """Return up to when rules with a window have counted, by rule, author_id and metric."""
        return {(row["rule"], row["author_id"], row["metric"]): row["counted_to"] for row in self._run("counted")}

    def set_channels(self, names: Sequence[str]) -> None:
        """Let these, in their order, be the channels. A new one in the place of one that is gone takes its messages."""
        with self.transaction():
            known = {row["channel"]: row["place"] for row in self._run("channels")}
            gone = {place: name for name, place in known.items() if name not in names}
            for place, name in enumerate(names):
                if name not in known and place in gone:
                    former = gone.pop(place)
                    self._run("rename_channel", channel=name, former=former)
                    self._run("rename_deliveries", channel=name, former=former)
                self._run("add_channel", channel=name, place=place)
            for former in gone.values():
                self._drop(former)

    def tell(
        self,
        alerts: Iterable[Alert],
        marks: Iterable[AuthorMark],
        counted: Iterable[Counted],
        now: datetime,
        *,
        single_count: int,
    ) -> int:
        """Queue what has not been told before for every channel, and move the marks, both or neither.

        The first `single_count` alerts get a message each, all others one together. Return how many are new.
        """
        with self.transaction():
            fresh = [alert for alert in alerts if self._run("tell_alert", key=alert.key, told_at=now)]
            for alert in fresh[:single_count]:
                self._queue(Message(alert.key, now, 1, (alert,)))
            if rest := fresh[single_count:]:
                self._queue(Message(rest[0].key, now, len(rest), tuple(rest[:_MOST_ALERTS])))
            self._write_marks(marks)
            for row in counted:
                self._run("write_counted", **asdict(row))
            return len(fresh)

    def give_up(self, now: datetime) -> None:
        """Give up what has waited for a fortnight."""
        self._run("give_up", before=now - _GIVEN_UP_AFTER)

    def waiting(self, channel: str, now: datetime) -> list[Message]:
        """Return what waits for a channel, oldest first; nothing before the channel may be tried again."""
        return [_message(row) for row in self._run("waiting", channel=channel, now=now)]

    def note_sent(self, channel: str, message: Message, now: datetime) -> None:
        """Note that a channel took a message."""
        with self.transaction():
            self._run("note_sent", channel=channel, message_id=message.message_id, now=now)
            self._run("note_working", channel=channel)

    def note_failure(self, channel: str, error: str, now: datetime) -> datetime:
        """Note that a channel failed; return from when on it is tried again: later after each failure."""
        with self.transaction():
            (row,) = self._run("failure_count", channel=channel)
            doublings: int = min(row["failure_count"], _MOST_DOUBLINGS)
            again_at = now + min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
            self._run("note_failure", channel=channel, error=error, now=now, next_try_at=again_at)
        return again_at

    def troubles(self) -> list[Row]:
        """Return the channels that failed when last tried, or for which something waits; moments are aware."""
        return self._run("troubles")

    def deliveries(self, most: int) -> list[tuple[Message, Row]]:
        """Return the newest messages, each with the row of a channel: channel, state, sent_at, next_try_at, error."""
        return [(_message(row), row) for row in self._run("deliveries", most=most)]

    def _queue(self, message: Message) -> None:
        text = json.dumps([asdict(alert) for alert in message.alerts], default=datetime.isoformat)
        self._run(
            "write_message",
            message_id=message.message_id,
            made_at=message.made_at,
            alert_count=message.count,
            alerts=text,
        )
        self._run("queue_message", message_id=message.message_id)

    def _write_marks(self, marks: Iterable[AuthorMark]) -> None:
        rows = [(m.author_id, _plain(m.since_at), _plain(m.seen_to), _plain(m.tried_to)) for m in marks]
        with self._translated():
            self._connection.executemany(read_sql("outbox/write_mark.sql"), rows)

    def _drop(self, former: str) -> None:
        self._run("withdraw_deliveries", former=former)
        self._run("drop_channel", former=former)

    def _run(self, name: str, **parameters: Any) -> list[Row]:
        with self._translated():
            given = {key: _plain(value) for key, value in parameters.items()}
            cursor = self._connection.execute(read_sql(f"outbox/{name}.sql"), given)
            columns = [column[0] for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) | _moments(columns, row) for row in cursor.fetchall()]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(self.path, str(error)) from error


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _moments(columns: Sequence[str], row: Sequence[Any]) -> Row:
    return {
        name: datetime.fromisoformat(value)
        for name, value in zip(columns, row, strict=True)
        if name in _MOMENTS and value is not None
    }


def _message(row: Row) -> Message:
    alerts = [
        Alert(**alert | {"at": datetime.fromisoformat(alert["at"]) if alert["at"] else None})
        for alert in json.loads(row["alerts"])
    ]
    return Message(row["message_id"], row["made_at"], row["alert_count"], tuple(alerts))
