"""`scholar-etl sql`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scholar_etl.cli.memory import MemoryBound
from scholar_etl.cli.render import format_option, write_rows
from scholar_etl.cli.times import SECONDS
from scholar_etl.settings import Project
from scholar_etl.store import connect, run_query

_WHOLE_PROCESS = 1.5  # of the limit that DuckDB keeps by its own count: it and Python take some beside


@click.command()
@click.argument("query")
@format_option
@click.option(
    "--timeout",
    "timeout_s",
    type=SECONDS,
    metavar="SECONDS|SPAN",
    help="How long it may work, such as 90 or 5m; 0: no limit.  [default: sql.timeout_s, which is 60]",
)
@click.option(
    "--memory-limit",
    "memory_limit_mb",
    type=click.IntRange(min=50),
    metavar="MB",
    help="How much memory it may take, in MB.  [default: sql.memory_limit_mb, which is 2000]",
)
@click.pass_obj
def command(folder: Path, query: str, form: str, timeout_s: float | None, memory_limit_mb: int | None) -> None:
    """Run read-only SQL on the warehouse: QUERY, or standard input when QUERY is "-".

    Views: authors, author_metrics, metric_jumps, papers, paper_history, captures, field_yield, runs, quarantine. Table
    macros: metrics_as_of(ts), papers_as_of(ts), metric_diff(from_ts, to_ts), paper_diff(from_ts, to_ts). See
    docs/sql.md.

    \b
    Examples:
      scholar-etl sql "from authors order by h_index desc limit 10"
      scholar-etl sql "from author_metrics where author_id = 'scholarfeed:1234567'" --format csv
      scholar-etl sql "from metric_diff('2026-11-01', '2026-11-22')" --format json
      scholar-etl sql - --timeout 10m --memory-limit 8000 < heavy.sql
    """
    text = sys.stdin.buffer.read().decode(errors="replace") if query == "-" else query
    project = Project.open(folder)
    settings = project.settings.sql
    timeout_s = settings.timeout_s if timeout_s is None else timeout_s
    memory_limit_mb = memory_limit_mb or settings.memory_limit_mb
    # Not closed by "with": that would wait for a query which was given up and works on.
    connection = connect(project.warehouse, memory_limit_mb=memory_limit_mb)
    bound = MemoryBound(memory_limit_mb * _WHOLE_PROCESS)
    try:
        columns, rows = run_query(connection, text, timeout_s=timeout_s or None, within=bound)
        write_rows(columns, rows, form)
    finally:
        connection.interrupt()  # DuckDB may be preparing rows that nobody will take
