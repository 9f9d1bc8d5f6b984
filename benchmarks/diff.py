"""What `diff` of a day costs beside the bare SQL: time, CPU and memory, in each format.

    python benchmarks/diff.py                    100,000 authors with 10 papers: about ten minutes
    python benchmarks/diff.py --quick            the same in small, for CI

Two days of a made-up world (`worlds.py`), of which 20 % of the authors change a metric and 1 % of the papers change.
The bare SQL is the two macros, each row fetched and thrown away. Every step is a process of its own, measured from its
start to its end, and writes to nowhere.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from comparing import figure, machine, table, tell
from worlds import START, World

from scholar_etl.settings import Project
from scholar_etl.store import Warehouse

_LOADED_AT_ONCE = 5_000
_FROM, _TO = (f"{START + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (20, 44))
_FORMATS = ("table", "json", "csv", "markdown")
_MOST = 1.5
_BARE = """
import sys
from scholar_etl.store import connect
with connect(sys.argv[1]) as connection:
    for macro in ("metric_diff", "paper_diff"):
        result = connection.execute(f"from {macro}('{sys.argv[2]}'::timestamptz at time zone 'UTC', \
'{sys.argv[3]}'::timestamptz at time zone 'UTC')")
        while result.fetchmany(1_000):
            pass
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds of the clock, seconds of CPU, bytes of memory at most."""

    wall_s: float
    cpu_s: float
    peak: int


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=100_000)
    parser.add_argument("--papers", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3, help="of which the quickest counts")
    parser.add_argument("--quick", action="store_true", help="500 authors, one run")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument("--keep", type=Path, help="a project folder to make, and to use again the next time")
    arguments = parser.parse_args()
    authors, runs = (500, 1) if arguments.quick else (arguments.authors, arguments.runs)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        project = arguments.keep or Path(folder) / "project"
        if not project.exists():
            fill(project, authors, arguments.papers)
        ratio = compare(project, runs)
    print(f"\n{authors:,} authors x {arguments.papers} papers; {machine(load_before)}")
    if arguments.check and ratio > _MOST:
        sys.exit(1)


def fill(folder: Path, authors: int, papers: int) -> None:
    """Make a project with two days of history, a part of the authors after another: texts take much memory."""
    subprocess.run([sys.executable, "-m", "scholar_etl", "init", folder], check=True, stdout=subprocess.DEVNULL)
    with Warehouse(Project.open(folder).warehouse) as warehouse:
        for first in range(0, authors, _LOADED_AT_ONCE):
            world = World(min(_LOADED_AT_ONCE, authors - first), papers, seed=first + 1, first=first)
            for day in range(2):
                rows = world.day(day)
                at = START + timedelta(days=day)
                warehouse.load([o for o, _ in rows], [j for _, j in rows], recorded_at=at)
            tell(f"{min(first + _LOADED_AT_ONCE, authors):,} authors loaded")


def compare(folder: Path, runs: int) -> float:
    """Print what each way of asking costs; return the largest ratio of a format's time to the bare SQL's."""
    warehouse = Project.open(folder).warehouse
    steps = {"bare SQL": [sys.executable, "-c", _BARE, str(warehouse), _FROM, _TO]}
    diff = [sys.executable, "-m", "scholar_etl", "--project", str(folder), "diff", "--from", _FROM, "--to", _TO]
    steps |= {f"diff --format {form}": [*diff, "--format", form] for form in _FORMATS}
    # One after the other, again and again, so that other work on the machine meets all of them.
    measured = [{step: measure(command) for step, command in steps.items()} for _ in range(runs)]
    costs = {step: min((run[step] for run in measured), key=lambda cost: cost.wall_s) for step in steps}
    bare = costs["bare SQL"].wall_s
    rows = [
        (step, figure(c.wall_s, 2), figure(c.cpu_s, 2), figure(c.wall_s / bare, 2), figure(c.peak / 1e6, 0))
        for step, c in costs.items()
    ]
    print(table(("", "wall s", "CPU s", "of the bare SQL", "peak MB"), rows))
    return max(cost.wall_s for cost in costs.values()) / bare


def measure(command: list[str]) -> Cost:
    """Run a command to its end and return what it took."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


if __name__ == "__main__":
    main()
