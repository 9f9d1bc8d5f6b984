"""What `report` costs: a full build, one with nothing to do, one after a day on which few authors changed; its size.

    python benchmarks/report.py                    1,000 authors with 30 papers over 365 days: about ten minutes
    python benchmarks/report.py --quick            the same in small, for CI

A made-up world (`worlds.py`), captured once a day; on the day after, every page comes again and 1 % of the authors
changed. Each build is a process of its own, measured from its start to its end. The time to the first paint is that of
the front page and of an author's page in Chromium, opened from the disk with nothing cached, where there is one.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from comparing import figure, machine, table, tell
from diff import Cost, measure
from worlds import START, World

from scholar_etl.model import Observation
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse

_CHANGED = 0.01
_FULL_S, _FEW_S, _FIRST_PAGE_BYTES = 60, 3, 300_000
_FIRST_PAINT = """() => new Promise(tell => new PerformanceObserver(list => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") tell(startTime);
}).observe({ type: "paint", buffered: true }))"""


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=1_000)
    parser.add_argument("--papers", type=int, default=30)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="of which the quickest counts")
    parser.add_argument("--quick", action="store_true", help="100 authors, 10 papers, 20 days, one run")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    arguments = parser.parse_args()
    authors, papers, days, runs = arguments.authors, arguments.papers, arguments.days, arguments.runs
    if arguments.quick:
        authors, papers, days, runs = 100, 10, 20, 1
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        last = fill(place / "project", World(authors, papers, arguments.seed), days)
        costs = {"full": [build(place, f"site-{run}") for run in range(runs)]}
        costs["nothing new"] = [build(place, f"site-{run}") for run in range(runs)]
        change_few(place / "project", last, arguments.seed)
        costs["1 % of the authors changed"] = [build(place, f"site-{run}") for run in range(runs)]
        best = {name: min(found, key=lambda cost: cost.wall_s) for name, found in costs.items()}
        print(table(("build", "wall s", "CPU s"), [_row(name, cost) for name, cost in best.items()]))
        first_page = print_sizes(place / "site-0")
        print_paints(place / "site-0", runs)
    print(f"\n{authors:,} authors x {papers} papers, {days} days, best of {runs}; {machine(load_before)}")
    is_missed = (
        best["full"].wall_s > _FULL_S
        or best["1 % of the authors changed"].wall_s > _FEW_S
        or first_page > _FIRST_PAGE_BYTES
    )
    if arguments.check and is_missed:
        sys.exit(1)


def fill(folder: Path, world: World, days: int) -> list[Observation]:
    """Make a project with that many days of history; return the last day's observations."""
    subprocess.run([sys.executable, "-m", "scholar_etl", "init", folder], check=True, stderr=subprocess.DEVNULL)
    observations: list[Observation] = []
    with Warehouse(Project.open(folder).warehouse) as warehouse:
        for day in range(days):
            rows = world.day(day)
            observations, at = [observation for observation, _ in rows], START + timedelta(days=day)
            warehouse.begin_run(observations[0].run_id, "refresh", at)
            warehouse.load(observations, [judged for _, judged in rows], recorded_at=at)
            warehouse.finish_run(observations[0].run_id, "complete", at, len(rows))
            if (day + 1) % 50 == 0:
                tell(f"day {day + 1} of {days}")
    return observations


def change_few(folder: Path, last: Sequence[Observation], seed: int) -> None:
    """Take in the pages of the day after: all as they were, but for the citations of 1 % of the authors."""
    draw = Random(seed)
    chosen = set(draw.sample(range(len(last)), max(1, int(len(last) * _CHANGED))))

    def pages() -> Iterator[Observation]:
        for number, page in enumerate(last):
            metrics, step = page.profile.metrics, int(number in chosen)
            moved = replace(metrics, citation_count=(metrics.citation_count or 0) + step)
            yield replace(
                page,
                observed_at=page.observed_at + timedelta(days=1),
                capture_id=str(UUID(int=draw.getrandbits(128), version=4)),
                profile=replace(page.profile, metrics=moved),
            )

    with Warehouse(Project.open(folder).warehouse) as warehouse:
        warehouse.load(list(pages()))


def build(place: Path, site: str) -> Cost:
    """Build the report into a folder of that name and return what the process took."""
    tell(f"building {site}")
    command = [sys.executable, "-m", "scholar_etl", "--project", str(place / "project"), "report", str(place / site)]
    return measure(command)


def _row(name: str, cost: Cost) -> tuple[str, ...]:
    return name, figure(cost.wall_s, 1), figure(cost.cpu_s, 1)


def print_sizes(site: Path) -> int:
    """Print how large the pages are; return the bytes of the front page with all that it loads, gzipped."""
    sizes = [file.stat().st_size for file in site.rglob("*") if file.is_file()]
    authors = sorted((site / "author").iterdir())
    rows = [
        (name, *(figure(count / 1e3, 1) for count in transfer(page)))
        for name, page in (("front page", site / "index.html"), ("an author's page", authors[len(authors) // 2]))
    ]
    print(table(("with its script and style", "KB", "gzipped KB"), rows))
    print(f"{len(sizes):,} files, {sum(sizes) / 1e6:,.1f} MB in all")
    return transfer(site / "index.html")[1]


def transfer(page: Path) -> tuple[int, int]:
    """Return the bytes of a page with the files that it loads, as they are and gzipped."""
    loaded = re.findall(
        r'(?:<script src|<link rel="(?:icon|stylesheet)" href)="([^"]+)"', page.read_text(encoding="utf-8")
    )
    contents = [page.read_bytes(), *((page.parent / path).read_bytes() for path in loaded)]
    return sum(map(len, contents)), sum(len(gzip.compress(content)) for content in contents)


def print_paints(site: Path, runs: int) -> None:
    """Print the time to the first paint of two pages, the median of some; nothing where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        tell("no chromium: no time to the first paint")
        return
    from playwright.sync_api import sync_playwright

    pages = {"front page": site / "index.html", "an author's page": next((site / "author").iterdir())}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        rows = []
        for name, page in pages.items():
            times = []
            for _ in range(2 * runs + 1):
                context = browser.new_context(offline=True)
                visit = context.new_page()
                visit.goto(page.as_uri())
                times.append(visit.evaluate(_FIRST_PAINT))
                context.close()
            rows.append((name, figure(statistics.median(times), 0)))
        browser.close()
    print(table(("first paint", "ms"), rows))


if __name__ == "__main__":
    main()
