"""The state of alerts: told once, both or neither, and how long what fails waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scholar_etl.model import Alert, AuthorMark, Message
from scholar_etl.store import Counted, Outbox

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def alert(number: int) -> Alert:
    """Return one of several alerts."""
    return Alert("metric", NOON, "h_index", f"s:{number}", "Ada", "https://x", old=number, new=number + 1, within="7d")


def mark(hours: int) -> AuthorMark:
    """Return how far an author has been looked at."""
    return AuthorMark("s:1", NOON, NOON + hours * HOUR, NOON + hours * HOUR)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Return one that is on, with two channels."""
    with Outbox(tmp_path / "folder" / "alerts.sqlite") as opened:
        opened.begin([mark(0)], NOON)
        opened.set_channels(["a", "b"])
        yield opened


def told(outbox: Outbox, channel: str, now: datetime = NOON) -> list[Message]:
    """Return what waits for a channel."""
    return outbox.waiting(channel, now)


def test_what_is_queued_comes_back_and_only_once(outbox: Outbox) -> None:
    """To every channel, whole, in the order of time; the same alert again is nothing new."""
    assert outbox.tell([alert(1), alert(2), alert(2)], [mark(1)], [], NOON, single_count=0) == 2
    assert outbox.tell([alert(2), alert(3)], [], [], NOON + HOUR, single_count=50) == 1
    first, second = told(outbox, "a")
    assert first == Message(alert(1).key, NOON, 2, (alert(1), alert(2)))
    assert second == Message(alert(3).key, NOON + HOUR, 1, (alert(3),))
    assert told(outbox, "b") == [first, second]
    assert outbox.marks() == [mark(1)]
    outbox.note_sent("a", first, NOON)
    assert (told(outbox, "a"), told(outbox, "b")) == ([second], [first, second])


def test_more_than_a_person_reads_is_one_message_with_a_bound(outbox: Outbox) -> None:
    """Beyond the single ones it is one message, which keeps some hundreds of alerts and counts all."""
    assert outbox.tell(map(alert, range(1_000)), [], [], NOON, single_count=2) == 1_000
    *single, rest = told(outbox, "a")
    assert [message.count for message in single] == [1, 1]
    assert (rest.count, len(rest.alerts)) == (998, 500)


def test_alerts_and_marks_are_written_together_or_not_at_all(outbox: Outbox) -> None:
    """A failure in the middle leaves what was there."""

    def broken() -> Iterator[Counted]:
        yield Counted("rule", "s:1", "h_index", NOON)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        outbox.tell([alert(1)], [mark(1)], broken(), NOON, single_count=0)
    assert (told(outbox, "a"), outbox.marks(), outbox.counted()) == ([], [mark(0)], {})
    assert outbox.tell([alert(1)], [], [Counted("rule", "s:1", "h_index", NOON)], NOON, single_count=0) == 1
    assert outbox.counted() == {("rule", "s:1", "h_index"): NOON}


def test_a_channel_that_fails_waits_longer_each_time(outbox: Outbox) -> None:
    """5 minutes, then twice as long, 6 hours at most; success forgets it. The other channel does not wait."""
    outbox.tell([alert(1)], [], [], NOON, single_count=0)
    pauses = [(outbox.note_failure("a", "closed", NOON) - NOON).total_seconds() / 60 for _ in range(12)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360, 360, 360]
    assert told(outbox, "a", NOON + 6 * HOUR - timedelta(microseconds=1)) == []
    (message,) = told(outbox, "a", NOON + 6 * HOUR)
    assert told(outbox, "b") == [message]
    (trouble, other) = outbox.troubles()
    assert (trouble["channel"], trouble["error"], trouble["failure_count"]) == ("a", "closed", 12)
    assert (other["channel"], other["waiting_count"], other["failed_at"]) == ("b", 1, None)
    outbox.note_sent("a", message, NOON)
    assert outbox.note_failure("a", "closed", NOON) == NOON + timedelta(minutes=5)


def test_what_has_waited_for_a_fortnight_is_given_up(outbox: Outbox) -> None:
    """It stays to be seen in the list."""
    outbox.tell([alert(1)], [], [], NOON, single_count=0)
    outbox.give_up(NOON + timedelta(days=14))
    assert len(told(outbox, "a")) == 1
    outbox.give_up(NOON + timedelta(days=14, microseconds=1))
    assert told(outbox, "a") == []
    assert {row["state"] for _, row in outbox.deliveries(10)} == {"given up"}


def test_messages_follow_the_place_of_a_channel(outbox: Outbox) -> None:
    """A new one in the place of one that is gone takes over; one that is gone gets nothing more; order may change."""
    outbox.tell([alert(1)], [], [], NOON, single_count=0)
    outbox.note_failure("a", "closed", NOON)
    outbox.set_channels(["c", "b"])
    assert (len(told(outbox, "c")), len(told(outbox, "b"))) == (1, 1)
    outbox.set_channels(["b", "c"])
    assert (len(told(outbox, "c")), len(told(outbox, "b"))) == (1, 1)
    outbox.set_channels(["b"])
    outbox.set_channels(["b", "c"])
    assert (told(outbox, "c"), len(told(outbox, "b"))) == ([], 1)
    assert sorted(row["state"] for _, row in outbox.deliveries(10)) == ["waiting", "withdrawn"]


def test_turned_off_and_on_it_begins_anew(outbox: Outbox) -> None:
    """Nothing waits any more, the marks are new ones, and what was told is not told again."""
    outbox.tell([alert(1)], [mark(1)], [], NOON, single_count=0)
    outbox.end()
    assert outbox.since() is None
    outbox.begin([mark(5)], NOON + HOUR)
    outbox.set_channels(["a"])
    assert (outbox.since(), outbox.marks(), told(outbox, "a")) == (NOON + HOUR, [mark(5)], [])
    assert outbox.tell([alert(1)], [], [], NOON, single_count=0) == 0
