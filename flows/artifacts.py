"""What a run leaves to look at in Prefect's UI. Scraped text comes into it as one harmless line.

A column of the UI is as wide as its longest text, and pushes the others out of sight: so texts are short, and the
longest ones come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact

from scholar_etl.fields import METRIC_WORDS
from scholar_etl.model import WatchedAuthor
from scholar_etl.pipeline import AuthorResult, RunReport
from scholar_etl.settings import Project
from scholar_etl.store import connect, metric_diff, paper_diff, read_status
from scholar_etl.text import one_line, short_line

_ROW_LIMIT = 200
"""A table is to be read by a person: the first refresh of a long watchlist changes everything."""
_LONGEST_TEXT = 60


class Progress:
    """How many of a run's authors are done, while it runs."""

    def __init__(self, author_count: int) -> None:
        self._author_count = author_count
        self._done_count = 0
        self._id = create_progress_artifact(
            0.0 if author_count else 100.0, key="refresh-progress", description=self._description()
        )

    def advance(self, author_count: int) -> None:
        """Note that so many more are done."""
        self._done_count += author_count
        assert isinstance(self._id, UUID)  # noqa: S101 - a coroutine only where an event loop runs
        update_progress_artifact(self._id, 100 * self._done_count / self._author_count, self._description())

    def _description(self) -> str:
        return f"{self._done_count} of {self._author_count} authors"


def show_failures(report: RunReport) -> None:
    """Leave a table of the authors that were not accepted, each with its reason."""
    results = [*report.failures, *report.deferred]
    authors = "author" if len(results) == 1 else "authors"
    _leave_table("refresh-failures", [_failure(result) for result in results], f"{authors} not refreshed")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run found changed: rows of `metric_diff` and `paper_diff`, and the authors' names by author_id."""

    names: dict[str, str]
    metrics: list[dict[str, Any]]
    papers: list[dict[str, Any]]


def find_changes(project: Project, report: RunReport, until: datetime) -> Changes:
    """Return what the run, which ended at `until` (aware), found changed in metrics and listings."""
    with connect(project.warehouse) as connection:
        names = {
            row["author_id"]: one_line(row["name"] or "")
            for row in read_status(connection).freshness
            if row["last_changed_at"] is not None and row["last_changed_at"] >= report.started_at
        }
        # A comparison costs more than all the rest here, and on most days of most authors nothing changes.
        if not names:
            return Changes(names, [], [])
        return Changes(
            names,
            metric_diff(connection, report.started_at, until, names),
            paper_diff(connection, report.started_at, until, names),
        )


def show_changes(changes: Changes) -> None:
    """Leave a table of what changed in metrics and listings."""
    rows = [*map(_metric, changes.metrics), *map(_paper, changes.papers)]
    named = [{"author": changes.names[row["author_id"]], **row} for row in rows]
    _leave_table("refresh-changes", named, "change" if len(named) == 1 else "changes")


def _leave_table(key: str, rows: Sequence[dict[str, Any]], what: str) -> None:
    shown = f", the first {_ROW_LIMIT} shown" if len(rows) > _ROW_LIMIT else ""
    create_table_artifact(list(rows[:_ROW_LIMIT]), key=key, description=f"{len(rows)} {what}{shown}")


def _failure(result: AuthorResult) -> dict[str, Any]:
    author: WatchedAuthor = result.author
    return {
        "author": one_line(author.label or author.author_id),
        "author_id": author.author_id,
        "outcome": result.outcome.value if result.outcome else "deferred",
        "reason": one_line(result.reason or ""),
        "until": result.until.isoformat() if result.until else None,
    }


def _metric(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": METRIC_WORDS[row["metric"]],
        "old": row["old_value"],
        "new": row["new_value"],
        "paper": "",
        "author_id": row["author_id"],
    }


def _paper(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": row["field"] or f"paper {row['change']}",
        "old": _short(row["old_value"]),
        "new": _short(row["new_value"]),
        "paper": _short(row["title"]),
        "author_id": row["author_id"],
    }


def _short(text: str | None) -> str:
    return short_line(text or "", _LONGEST_TEXT)
