"""dbt's step: `dbt snapshot`, strategy `check` on the hash column, gone rows closed.

Settings by measurement. The day lies in a DuckDB file of its own, with keys and hashes as UUIDs, which costs less than
Parquet with texts. Start and parse are phases of their own and not compared; whoever calls `dbt snapshot` pays them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from meter import Meter, run_step

_FILE = "history.duckdb"
_PROJECT = Path(__file__).parent / "dbt_project"
_VIEWS = """
    create temp view paper_rows as select *, dbt_valid_to is null as is_open from main.papers;
    create temp view author_rows as select *, dbt_valid_to is null as is_open from main.authors
"""


def load(state: Path, days: Path, number: int, meter: Meter) -> None:
    """Load one day."""
    # The same paths every day: dbt parses anew what depends on an environment variable that has changed.
    now = days.parent / "dbt-now"
    now.mkdir(exist_ok=True)
    os.environ["PEERS_HISTORY"] = str(_link(now / "history", state) / _FILE)
    os.environ["PEERS_DAY"] = str(_link(now / "day.duckdb", days / f"day-{number}.duckdb"))
    with meter.phase("import", "start"):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner
    options = [
        *("--project-dir", str(_PROJECT), "--profiles-dir", str(_PROJECT)),
        *("--target-path", str(state / "target"), "--log-path", str(state / "logs")),
        *("--quiet", "--log-level-file", "none", "--no-write-json", "--cache-selected-only"),
    ]
    with meter.phase("parse", "start"):
        parsed = dbtRunner().invoke(["parse", *options])
    _check(parsed)
    with meter.phase("snapshot"):
        done = dbtRunner(manifest=parsed.result).invoke(["snapshot", *options])
    _check(done)
    with meter.phase("close"):
        # The end of the process would do it: the file is up to date once its log is taken in.
        DuckDBConnectionManager.env().close()
    log = state / f"{_FILE}.wal"
    assert not log.exists(), f"{log} was not taken into the file"


def _link(link: Path, target: Path) -> Path:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    return link


def _check(result: Any) -> None:
    if not result.success:
        raise RuntimeError(str(result.exception or [each.message for each in result.result]))


def count(state: Path) -> dict[str, Any]:
    """Say what history holds."""
    from counting import count_rows

    return count_rows(state / _FILE, _VIEWS)


if __name__ == "__main__":
    run_step(("dbt-core", "dbt-duckdb", "duckdb"), load, count)
