"""What a run tells Prefect's automations: an event for each metric that changed.

The labels of its resource are what an automation can choose by; the payload is for what it then does.
"""

from __future__ import annotations

from typing import Any

from prefect.events import emit_event
from prefect.events.worker import EventsWorker

from .artifacts import Changes

CHANGED = "scholar_etl.metric.changed"
LEFT_OUT = "scholar_etl.metric.left_out"

_PATIENCE_S = 10.0
_LONGEST_NAME = 200
_MOST = 300
"""Events of one run: a site that counts anew changes everything at once."""


def emit_changes(run_id: str, changes: Changes) -> None:
    """Emit an event for each metric that changed, of a run; and one that counts those for which there were too many.

    A first value is no change.
    """
    changed = [row for row in changes.metrics if row["old_value"] is not None and row["new_value"] is not None]
    for row in changed[:_MOST]:
        _emit(changes.names[row["author_id"]][:_LONGEST_NAME], row)
    if len(changed) > _MOST:
        resource = {"prefect.resource.id": f"scholar-etl.run.{run_id}"}
        emit_event(LEFT_OUT, resource, payload={"told": _MOST, "left_out": len(changed) - _MOST})


def hand_over() -> None:
    """Wait until Prefect's server has the events, for a while: a process that must end at once would lose them."""
    EventsWorker.drain_all(timeout=_PATIENCE_S)


def _emit(name: str, row: dict[str, Any]) -> None:
    emit_event(
        CHANGED,
        {
            "prefect.resource.id": f"scholar-etl.author.{row['author_id']}",
            "prefect.resource.name": name,
            "scholar-etl.metric": row["metric"],
            "scholar-etl.direction": "up" if row["delta"] > 0 else "down",
            "scholar-etl.cause": row["cause"],
        },
        payload={
            "author_id": row["author_id"],
            "metric": row["metric"],
            "old": row["old_value"],
            "new": row["new_value"],
            "delta": row["delta"],
            "pct_change": row["pct_change"],
            "changed_at": row["changed_at"].isoformat(),
            "cause": row["cause"],
        },
    )
