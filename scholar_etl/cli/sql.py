"""`scholar-etl sql`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scholar_etl.cli.render import format_option, write_rows
from scholar_etl.settings import Project
from scholar_etl.store import connect, run_query


@click.command()
@click.argument("query")
@format_option
@click.pass_obj
def command(folder: Path, query: str, form: str) -> None:
    """Run read-only SQL on the warehouse: QUERY, or standard input when QUERY is "-".

    Views: authors, author_metrics, papers, paper_history, captures, runs, quarantine. Table macros: metrics_as_of(ts),
    papers_as_of(ts), metric_diff(from_ts, to_ts), paper_diff(from_ts, to_ts). See docs/sql.md.

    \b
    Examples:
      scholar-etl sql "from authors order by h_index desc limit 10"
      scholar-etl sql "from author_metrics where author_id = 'scholarfeed:1234567'" --format csv
      scholar-etl sql "from metric_diff('2026-11-01', '2026-11-22')" --format json
    """
    text = sys.stdin.buffer.read().decode(errors="replace") if query == "-" else query
    with connect(Project.open(folder).warehouse) as connection:
        columns, rows = run_query(connection, text)
        write_rows(columns, rows, form)
