"""Changes far beyond an author's past: accepted, and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_warehouse_files import capture

from scholar_etl import Metrics, Observation, Profile, Warehouse, connect
from scholar_etl.store import read_jumps

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEAST = {"h_index": 5, "paper_count": 10, "citation_count": 100, "novelty_pct": 30, "ai_score": 30}


def jumps(path: Path, metric: str, values: list[int | None], since: datetime = START) -> list[dict[str, Any]]:
    """Load a metric's values of days one after the other, and return its jumps from a moment on."""
    with Warehouse(path) as warehouse:
        warehouse.load(
            Observation(
                author_id="scholarfeed:1",
                source="scholarfeed",
                observed_at=START + timedelta(days=day),
                capture_id=capture(day).capture_id,
                run_id="r",
                url="https://site.example/author/1",
                extractor_version=1,
                profile=Profile("Ada", metrics=Metrics(**{metric: value})),
            )
            for day, value in enumerate(values)
        )
    with connect(path) as connection:
        rows = read_jumps(connection, since)
    assert {row["metric"] for row in rows} <= {metric}
    return rows[::-1]


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("citation_count", [100, 199], []),  # less than the least step
        ("citation_count", [100, 200], [(100, 200)]),
        ("citation_count", [300, 449], []),  # less than half of the value before
        ("citation_count", [300, 450], [(300, 450)]),
        ("citation_count", [300, 150], [(300, 150)]),
        ("citation_count", [1_000, 1_100, 2_099], []),  # less than ten usual steps
        ("citation_count", [1_000, 1_100, 2_100], [(1_100, 2_100)]),
        ("citation_count", [None, 5_000, None, 5_000], []),  # a first value is no change, nor is one not shown
        ("citation_count", [6_209, 62, 6_209], [(6_209, 62)]),  # the way back is a usual step by then
        ("h_index", [1, 5], []),
        ("h_index", [1, 6], [(1, 6)]),
        ("paper_count", [2, 12], [(2, 12)]),
        ("novelty_pct", [54, 83], []),
        ("novelty_pct", [54, 84], [(54, 84)]),
        ("ai_score", [60, 29], [(60, 29)]),
    ],
)
def test_a_jump_is_far_beyond_the_past(
    tmp_path: Path, metric: str, values: list[int | None], expected: list[tuple[int, int]]
) -> None:
    """A change counts that is as large as the least step, half the value before, and ten usual steps; both ways."""
    found = jumps(tmp_path / "w.duckdb", metric, values)
    assert [(row["old_value"], row["new_value"]) for row in found] == expected


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([*LEAST]),
    st.lists(st.none() | st.integers(0, 12).map(lambda n: n * n * 7), max_size=9),
    st.integers(0, 6).map(lambda day: START + timedelta(days=day)),
)
def test_the_view_is_what_the_rule_says(metric: str, values: list[int | None], since: datetime) -> None:
    """Of any values in a row, the jumps from a moment on are those that the rule, worked out step by step, has."""
    expected, steps = [], []
    shown = [(day, value) for day, value in enumerate(values) if value is not None]
    for (_, old), (day, new) in pairwise(shown):
        if old == new:
            continue
        usual = median(steps) if steps else None
        changed_at = START + timedelta(days=day)
        if changed_at >= since and abs(new - old) >= max(LEAST[metric], old / 2, 10 * (usual or 0)):
            expected.append((old, new, usual, changed_at))
        steps.append(abs(new - old))
    with TemporaryDirectory() as folder:
        found = jumps(Path(folder) / "w.duckdb", metric, values, since)
    assert [(row["old_value"], row["new_value"], row["usual_step"], row["changed_at"]) for row in found] == expected
