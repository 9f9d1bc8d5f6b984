"""What a refresh costs the warehouse as its history grows: CPU, file size, as-of and diff times, memory.

    python benchmarks/history.py                 2,000 authors with 30 papers, 365 days: about ten minutes
    python benchmarks/history.py --quick         the same in small, for CI

Each day every author's page is captured once; a metric changes on 20 % of them, and 1 % of the papers change
(`worlds.py`). A refresh is timed from opening the warehouse to the published file; extraction and its hashes come
before it and are not in it. A day's figure is the median of the days around it, without days on which the file was
compacted: those are told apart.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
from worlds import START, World

from scholar_etl.store import Warehouse, connect, metric_diff, paper_diff, run_checks

_AROUND = 4
_TABLES = {
    "texts of papers": ("paper_text",),
    "versions of papers": ("paper_version",),
    "spans of papers": ("listed_paper", "past_paper"),
    "log of captures and observations": ("capture", "superseded_observation"),
    "the rest": ("author", "latest_page", "paper_alias", "run", "quarantine", "watch"),
}


@dataclass(frozen=True, slots=True)
class Refresh:
    """What one day's refresh cost, in seconds of CPU (user and system) and of the clock, and the file's bytes then."""

    load_cpu_s: float
    cpu_s: float
    wall_s: float
    size: int
    was_compacted: bool


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=2_000)
    parser.add_argument("--papers", type=int, default=30)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="100 authors with 10 papers, 40 days")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    arguments = parser.parse_args()
    authors, papers, days = arguments.authors, arguments.papers, arguments.days
    if arguments.quick:
        authors, papers, days = 100, 10, 40
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scholar.duckdb"
        refreshes = run(path, World(authors, papers, arguments.seed), days)
        grown = path.stat().st_size
        with Warehouse(path) as warehouse:
            warehouse.compact()
        print(f"{authors:,} authors x {papers} papers, {days} days, seed {arguments.seed}; {_machine()}\n")
        ratio = print_refreshes(refreshes, days)
        size = print_sizes(path, grown)
        print_queries(path, days)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\npeak memory of the process, the made-up world included: {peak / 1000:,.0f} MB")
    if arguments.check and (ratio > 1.25 or size > 65e6):
        sys.exit(1)


def run(path: Path, world: World, days: int) -> list[Refresh]:
    """Refresh the warehouse day by day."""
    refreshes = []
    for day in range(days):
        rows = world.day(day)
        for observation, _ in rows:  # the extractor's side
            _ = observation.profile.listing_hash
            for paper in observation.profile.papers:
                _ = paper.content_hash
        run_id, at = rows[0][0].run_id, START + timedelta(days=day)
        cpu, wall = time.process_time(), time.perf_counter()
        with Warehouse(path) as warehouse:
            was_compacted = _compacted_at(warehouse.connection)
            warehouse.begin_run(run_id, "refresh", at)
            before = time.process_time()
            warehouse.load([o for o, _ in rows], [j for _, j in rows], recorded_at=at)
            load_cpu = time.process_time() - before
            warehouse.finish_run(run_id, "complete", at, len(rows))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        with connect(path) as connection:
            is_compacted = _compacted_at(connection) != was_compacted
        refreshes.append(Refresh(load_cpu, cpu, wall, path.stat().st_size, is_compacted))
        _progress(day + 1, days)
    return refreshes


def print_refreshes(refreshes: list[Refresh], days: int) -> float:
    """Print what a refresh cost as the history grew; return the ratio of the last day's CPU to day 30's."""
    print("| day | CPU s a refresh | of it the load | wall s | file MB |\n|---:|---:|---:|---:|---:|")
    cpu = {}
    wanted = [2, 30, 180, 365]
    for day in sorted({day for day in wanted if day <= days} | {days}):
        near = [r for r in refreshes[max(1, day - _AROUND) : day + _AROUND] if not r.was_compacted]
        cpu[day] = statistics.median(r.cpu_s for r in near)
        load = statistics.median(r.load_cpu_s for r in near)
        wall = statistics.median(r.wall_s for r in near)
        print(f"| {day} | {cpu[day]:.3f} | {load:.3f} | {wall:.3f} | {refreshes[day - 1].size / 1e6:.1f} |")
    compactions = [(n, r) for n, r in enumerate(refreshes, 1) if r.was_compacted]
    ratio = cpu[days] / cpu[min(30, days)]
    print(f"\nratio day {days} / day {min(30, days)}: {ratio:.2f} (at most 1.25)")
    print(
        f"first day: {refreshes[0].cpu_s:.2f} CPU s; compacted on "
        + (", ".join(f"day {n} ({r.cpu_s:.1f} CPU s)" for n, r in compactions) or "no day")
    )
    return ratio


def print_sizes(path: Path, grown: int) -> int:
    """Print the compacted file's size by part, and return it."""
    size = path.stat().st_size
    print(f"\nfile: {grown / 1e6:.1f} MB as it had grown, {size / 1e6:.1f} MB compacted (at most 65)\n")
    print("| part | rows | MB |\n|---|---:|---:|")
    with connect(path) as connection:
        for part, tables in _TABLES.items():
            rows, taken = 0, 0
            for table in tables:
                rows += _value(connection, f"select count(*) from etl.{table}")  # noqa: S608 - names of ours
                taken += _value(
                    connection,
                    "select count(distinct block) * 262144 from ("
                    "select unnest(list_append(additional_block_ids, block_id)) as block from pragma_storage_info(?)"
                    ") where block >= 0",
                    f"etl.{table}",
                )
            print(f"| {part} | {rows:,} | {taken / 1e6:.1f} |")
    print("\nBlocks of 256 KiB; small columns share theirs, and are counted with each.")
    return size


def print_queries(path: Path, days: int) -> None:
    """Print what the questions cost that people ask, the best of three."""
    from_at, to_at = START + timedelta(days=days // 2), START + timedelta(days=days // 2 + 1)
    old = f"'{(from_at + timedelta(hours=20)).replace(tzinfo=None)}'"
    with connect(path) as connection:
        author = _value(connection, "select min(author_id) from authors")
        asked = {
            "authors": lambda: connection.sql("from authors").to_arrow_table().num_rows,
            "one author's metrics": lambda: (
                connection.sql("from author_metrics where author_id = ?", params=[author]).to_arrow_table().num_rows
            ),
            "metrics as of a day": lambda: connection.sql(f"from metrics_as_of({old})").to_arrow_table().num_rows,
            "papers as of a day": lambda: connection.sql(f"from papers_as_of({old})").to_arrow_table().num_rows,
            "metric_diff of a day": lambda: len(metric_diff(connection, from_at, to_at)),
            "paper_diff of a day": lambda: len(paper_diff(connection, from_at, to_at)),
            "every check": lambda: len(run_checks(connection)),
        }
        print("\n| question | rows | wall s | CPU s |\n|---|---:|---:|---:|")
        for question, ask in asked.items():
            best = (float("inf"), float("inf"), 0)
            for _ in range(3):
                cpu, wall = time.process_time(), time.perf_counter()
                count = ask()
                best = min(best, (time.perf_counter() - wall, time.process_time() - cpu, count))
            print(f"| {question} | {best[2]:,} | {best[0]:.3f} | {best[1]:.3f} |")


def _compacted_at(connection: duckdb.DuckDBPyConnection) -> object:
    return _value(connection, "select max(compacted_at) from etl.compaction")


def _value(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> int:
    ((value,),) = connection.execute(query, list(parameters)).fetchall()  # to its end: an open result keeps others out
    return value


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}"


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\rday {done} of {of}", end="\n" if done == of else "", file=sys.stderr)


if __name__ == "__main__":
    main()
