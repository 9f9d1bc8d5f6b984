"""The events of a run, as they are handed to Prefect; `test_serve.py` reads them back from its server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from scholar_etl.flows import events
from scholar_etl.flows.artifacts import Changes

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def change(number: int, old: int | None = 1, new: int | None = 2) -> dict[str, Any]:
    """Return a row of `metric_diff`."""
    delta = None if old is None or new is None else new - old
    values = {"old_value": old, "new_value": new, "delta": delta, "pct_change": None}
    return {"author_id": f"s:{number}", "metric": "h_index", "changed_at": NOON, "cause": "source", **values}


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """Return what is emitted: name, resource, payload."""
    told: list[tuple[str, dict[str, str], dict[str, Any]]] = []
    monkeypatch.setattr(events, "emit_event", lambda name, resource, payload: told.append((name, resource, payload)))
    return told


def test_a_run_that_changes_everything_emits_some_hundreds(emitted: list[Any]) -> None:
    """The first 300, and one event that counts the others."""
    rows = [change(number) for number in range(1_000)]
    events.emit_changes("run-1", Changes({row["author_id"]: "Ada" for row in rows}, rows, []))
    assert len(emitted) == 301
    assert {name for name, _, _ in emitted[:300]} == {events.CHANGED}
    assert emitted[300] == (
        events.LEFT_OUT,
        {"prefect.resource.id": "scholar-etl.run.run-1"},
        {"told": 300, "left_out": 700},
    )


def test_a_first_value_is_no_change(emitted: list[Any]) -> None:
    """Nor is one that is not shown any more; a name of any length fits."""
    rows = [change(1, old=None), change(2, new=None), change(3, old=0, new=5)]
    names = {row["author_id"]: "A" * 10_000 for row in rows}
    events.emit_changes("run-1", Changes(names, rows, []))
    ((_, resource, payload),) = emitted
    assert resource["prefect.resource.id"] == "scholar-etl.author.s:3"
    assert len(resource["prefect.resource.name"]) == 200
    assert (payload["old"], payload["new"], payload["delta"], payload["pct_change"]) == (0, 5, 5, None)
