"""What a newer extractor reads otherwise is told apart from what the site said, wherever people look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from testbed import call, strict_json

from scholar_etl.model import Metrics, Observation, Paper, Profile
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse

FIRST = datetime(2026, 3, 1, 5, tzinfo=UTC)
WORDS = "(read anew by a newer extractor)"


def _observation(day: int, h_index: int, citation_count: int, *, has_code: bool, version: int = 1) -> Observation:
    return Observation(
        "s:1",
        FIRST + timedelta(days=day),
        Profile(
            "Ada",
            metrics=Metrics(h_index=h_index, citation_count=citation_count),
            papers=(Paper(1, "On Engines", paper_id="arxiv:1", has_code=has_code),),
            listing_complete=True,
        ),
        str(UUID(int=1 + day)),
        "run",
        version,
        "s",
        "https://example.org/author/1",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project in which the second page was read again: h-index and Code badge came out otherwise."""
    project = tmp_path / "project"
    assert call("init", str(project)).code == 0
    with Warehouse(Project.open(project).warehouse) as warehouse:
        warehouse.load(
            [
                _observation(0, 5, 100, has_code=False),
                _observation(1, 5, 100, has_code=False),
                _observation(2, 9, 120, has_code=True, version=2),
            ]
        )
        warehouse.load([_observation(1, 9, 100, has_code=True, version=2)])
    return project


def test_a_diff_marks_it(folder: Path) -> None:
    """On the line of the metric and of the paper's field that were read anew, and on no other; in JSON by its name."""
    arguments = ("--project", str(folder), "diff", "--from", "2026-03-01T12:00", "--to", "2026-03-04")
    lines = call(*arguments).out.splitlines()
    assert [line.split()[0] for line in lines if line.endswith(WORDS)] == ["h-index", "has_code:"]
    assert any("citations" in line and line.endswith("+20.0 %  2026-03-03") for line in lines)
    document = strict_json(call(*arguments, "--format", "json").out)
    assert {row["metric"]: row["cause"] for row in document["metrics"]} == {
        "h_index": "reparse",
        "citation_count": "source",
    }
    assert [(row["field"], row["cause"]) for row in document["papers"]] == [("has_code", "reparse")]


def test_a_history_marks_it(folder: Path) -> None:
    """With the biggest step, with each step, and in the rows."""
    arguments = ("--project", str(folder), "history", "s:1")
    _, h_index, citations = call(*arguments).out.splitlines()
    assert h_index.endswith(f"1 change, +4 on 2026-03-02 {WORDS}")
    assert citations.endswith("1 change, +20 on 2026-03-03")
    steps = call(*arguments, "--metric", "h_index").out.splitlines()
    assert [line.split()[-1] for line in steps[-2:]] == ["source", "reparse"]
    rows = strict_json(call(*arguments, "--metric", "h_index", "--format", "json").out)
    assert [row["cause"] for row in rows] == ["source", "reparse"]
