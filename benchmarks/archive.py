"""What the archive costs: room as WARC and packed, and the time to write, verify, pack and replay it.

    python benchmarks/archive.py                 500 authors with 30 papers, 30 days: about ten minutes
    python benchmarks/archive.py --quick         the same in small, for CI

Each day every author's page is captured once: a metric changes on 20 % of them, 1 % of the papers change
(`worlds.py`); a page that did not change is a reference. Pages are rendered as the bundled site renders them, with
abstracts as long as on a real page, and compressed as it sends them. The replay, with extraction, is compared with
extraction alone of the same pages, in one run.
"""

from __future__ import annotations

import argparse
import gzip
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from comparing import figure, machine, table
from worlds import START, World

from scholar_etl.archive import Archive
from scholar_etl.archive.packing import write_packed
from scholar_etl.demo.markups import render
from scholar_etl.extract import extract_page
from scholar_etl.model import Original, Request, Response
from scholar_etl.pipeline import pack_archive, replay, verify
from scholar_etl.pipeline.reading import original_of
from scholar_etl.settings import Project, create_project

_LEVELS = (3, 6, 9, 12)


@dataclass(slots=True)
class Timed:
    """A step and its cost: seconds of CPU (user and system) and of the clock."""

    name: str
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def __enter__(self) -> None:
        self.cpu_s, self.wall_s = -time.process_time(), -time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.cpu_s += time.process_time()
        self.wall_s += time.perf_counter()


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=500)
    parser.add_argument("--papers", type=int, default=30)
    parser.add_argument("--days", type=int, default=30, help="of one month, so 31 at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="20 authors with 10 papers, 5 days")
    parser.add_argument("--levels", action="store_true", help="also pack with other levels of zstd")
    parser.add_argument("--check", action="store_true", help="exit 1 when the target is missed")
    arguments = parser.parse_args()
    authors, papers, days = arguments.authors, arguments.papers, arguments.days
    if arguments.quick:
        authors, papers, days = 20, 10, 5
    later, load_before = START + timedelta(days=40), os.getloadavg()[0]
    steps = {
        name: Timed(name) for name in ("extract alone", "verify", "pack", "verify, packed", "replay", "replay, packed")
    }
    with tempfile.TemporaryDirectory() as folder:
        create_project(Path(folder))
        project = Project.open(Path(folder))
        writing, count, pages, sent = write(project.archive, World(authors, papers, arguments.seed), days)
        size = Archive(project.archive).size_bytes()
        print(f"{authors:,} authors x {papers} papers, {days} days, seed {arguments.seed}\n{machine(load_before)}")
        with steps["verify"]:
            assert not verify(project).damages
        with steps["replay"]:
            assert replay(project, clock=lambda: later).capture_count == count
        extract_alone(project.archive, steps["extract alone"])
        with steps["pack"]:
            (packed,) = pack_archive(project, clock=lambda: later).months
        with steps["verify, packed"]:
            assert not verify(project).damages
        with steps["replay, packed"]:
            assert not replay(project, clock=lambda: later).differences
        print_sizes(count, pages, sent, size, packed.size_bytes)
        print_times([writing, *steps.values()], count)
        if arguments.levels:
            print_levels(project.archive, packed.warc_file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory of the process, the made-up world included: {peak / 1000:,.0f} MB")
    if arguments.check and size < 10 * packed.size_bytes:
        sys.exit(1)


def write(root: Path, world: World, days: int) -> tuple[Timed, int, int, int]:
    """Archive the captures of some days; return what that cost, the captures, the whole pages and their bytes."""
    writing = Timed("write")
    count = pages = sent = 0
    originals: dict[str, Original] = {}
    with Archive(root) as archive:
        for day in range(days):
            for observation, judged in world.day(day):
                author_id, given = observation.author_id, judged.capture
                today = (START + timedelta(days=day)).date()
                response = answer(observation.profile, given.url, author_id, given.etag or "", given.fetched_at, today)
                if given.http_status != 200:
                    response = Response(response.request, given.url, given.fetched_at, status=304, body=b"")
                part = Timed("")
                with part:
                    capture = archive.append(response, run_id=given.run_id, original=originals.get(author_id))
                writing.cpu_s += part.cpu_s
                writing.wall_s += part.wall_s
                if (held := original_of(capture)) is not None:
                    originals[author_id] = held
                count, pages, sent = count + 1, pages + (given.http_status == 200), sent + len(response.payload)
            if sys.stderr.isatty():
                print(f"\rday {day + 1} of {days}", end="\n" if day + 1 == days else "", file=sys.stderr)
    return writing, count, pages, sent


def answer(profile: object, url: str, author_id: str, etag: str, at: datetime, today: date) -> Response:
    """Return a whole page as the bundled site would send it."""
    key = int(author_id.rpartition(":")[2])
    body = render(profile, key=key, today=today, markup="cards")  # type: ignore[arg-type]
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Encoding", "gzip"),
        ("ETag", etag),
        ("Date", f"{at:%a, %d %b %Y %H:%M:%S GMT}"),
        ("Server", "ScholarFeed"),
        ("Vary", "Accept-Encoding"),
    )
    request = Request(author_id, "scholarfeed", url)
    sent = (("Host", "www.scholarfeed.org"), ("User-Agent", "scholar-etl/0 (+me@example.org)"), ("Accept", "*/*"))
    payload = gzip.compress(body, mtime=0)
    return Response(request, url, at, status=200, headers=headers, request_headers=sent, payload=payload, body=body)


def whole_pages(root: Path) -> Iterator[tuple[bytes, str, datetime]]:
    """Yield the pages of an archive, without repetitions."""
    for capture, response in Archive(root).scan():
        if response.body and capture.refers_to is None:
            yield response.body, capture.url, capture.fetched_at


def extract_alone(root: Path, step: Timed) -> None:
    """Extract every whole page of an archive, and count nothing else."""
    for body, url, at in whole_pages(root):
        part = Timed("")
        with part:
            extract_page(body, "scholarfeed", url, fetched_at=at)
        step.cpu_s += part.cpu_s
        step.wall_s += part.wall_s


def print_sizes(count: int, pages: int, sent: int, size: int, packed: int) -> None:
    """Print the room that the archive takes."""
    print(f"{count:,} captures, {pages:,} of them whole pages, {sent / 1e6:,.1f} MB as sent\n")
    forms = {"WARC, references for what is unchanged": size, "packed month": packed}
    rows = [
        (form, figure(taken / 1e6, 2), figure(taken / count, 0), f"1/{size / taken:.1f}")
        for form, taken in forms.items()
    ]
    print(table(("form", "MB", "bytes a capture", "of the WARC"), rows))
    print("target: 1/10\n")


def print_times(steps: list[Timed], count: int) -> None:
    """Print what each step cost."""
    rows = [
        (
            step.name,
            figure(step.cpu_s, 2),
            figure(step.wall_s, 2),
            figure(1000 * step.cpu_s / count, 2),
            figure(count / step.wall_s, 0),
        )
        for step in steps
    ]
    print(table(("step", "CPU s", "wall s", "CPU ms a capture", "captures a second"), rows))


def print_levels(root: Path, warc_file: str) -> None:
    """Print the size of a packed month at several levels of zstd, and the time to pack it again."""
    rows = []
    for level in _LEVELS:
        target, step = root / f"level-{level}", Timed("")
        with step:
            write_packed(target, Archive(root).scan(files=[warc_file]), {}, level=level)
        rows.append((str(level), figure(target.stat().st_size / 1e6, 2), figure(step.cpu_s, 1)))
        target.unlink()
    print(table(("level of zstd", "MB", "CPU s"), rows))


if __name__ == "__main__":
    main()
