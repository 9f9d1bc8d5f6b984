"""The published file, opened by the oldest DuckDB client that it is for."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scholar_etl.demo import story
from scholar_etl.model import Observation
from scholar_etl.normalise import normalise_profile
from scholar_etl.store import Warehouse, connect

OLD_PYTHON = os.environ.get("DUCKDB_1_5_PYTHON")
"""A Python that has DuckDB 1.5.x; `.ci/run` makes one."""

QUERIES = (
    "from authors order by all",
    "from author_metrics order by all",
    "from papers order by all",
    "from paper_history order by all",
    "from captures order by all",
    "from runs order by all",
    "from field_yield order by all",
    "from metric_jumps order by all",
    "from quarantine order by all",
    "from metrics_as_of('2026-11-20T12:00:00') order by all",
    "from papers_as_of('2026-11-20T12:00:00') order by all",
    "from metric_diff('2026-11-19', '2026-11-23') order by all",
    "from paper_diff('2026-11-19', '2026-11-23') order by all",
)

READER = """
import json, sys
import duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    rows = {query: connection.sql(query).fetchall() for query in json.loads(sys.argv[2])}
print(json.dumps({"version": duckdb.__version__, "rows": rows}, default=str))
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with four days of three authors."""
    path = tmp_path_factory.mktemp("published") / "scholar.duckdb"
    with Warehouse(path) as warehouse:
        warehouse.load([_observation(key, day) for day in range(4) for key in (1001, 1002, 1003)])
    return path


@pytest.mark.skipif(
    OLD_PYTHON is None and not os.environ.get("CI"), reason="DUCKDB_1_5_PYTHON names no Python with DuckDB 1.5"
)
def test_every_view_and_macro_says_the_same_in_duckdb_1_5(published: Path) -> None:
    """A client of DuckDB 1.5 opens the published file and reads from it what today's client reads."""
    assert OLD_PYTHON is not None, "DUCKDB_1_5_PYTHON is not set: .ci/run sets it"
    answer = subprocess.run(
        [OLD_PYTHON, "-c", READER, str(published), json.dumps(QUERIES)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    old = json.loads(answer.stdout)
    assert old["version"].startswith("1.5.")
    with connect(published) as connection:
        rows = {query: connection.sql(query).fetchall() for query in QUERIES}
    assert rows["from metric_diff('2026-11-19', '2026-11-23') order by all"], "the comparison must have something in it"
    assert old["rows"] == json.loads(json.dumps(rows, default=str))


def _observation(key: int, day: int) -> Observation:
    profile = story.profile_on(key, day, date(2026, 11, 22))
    assert profile is not None
    return Observation(
        author_id=f"scholarfeed:{key}",
        observed_at=datetime(2026, 11, 19 + day, 5, tzinfo=UTC),
        profile=normalise_profile(profile),
        capture_id=f"00000000-0000-0000-0000-{key:08d}{day:04d}",
        run_id=f"run {day}",
        extractor_version=1,
        source="scholarfeed",
        url=f"https://www.scholarfeed.org/author/{key}",
    )
