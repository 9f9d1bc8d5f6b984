"""What reading a page costs: ours with all its checks, a bare parse, and the same facts by parsel, lxml, BeautifulSoup.

    python benchmarks/extract.py [--quick] [--without-peers] [--check]

Made-up author pages (`worlds.py`) in one markup of the bundled site, as long as the one real page known. The others
rest on the class names of that markup, as one would write it who knows it, and do the reading alone; ours also
normalises and checks, and knows no class name. They must read the same facts, or the benchmark fails (not compared is
the N of the heading, which only our checks need). Each turn of a reader is a process of its own, with the allocator's
thresholds fixed, without which a bare parse varies by two; it reads each page once. The readers take turns. The peers'
environments are made on first use, below --env-dir, from the package index that pip knows.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from comparing import ENVIRONMENTS, STEPS, figure, machine, make_environment, run_step, table, tell
from worlds import World

from scholar_etl.demo.facts import FIRST_KEY
from scholar_etl.demo.markups import render

_TODAY = date(2025, 12, 31)
"""The newest papers are of that year, and shown without it."""
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**28)}
_PEERS = {
    "parsel": ("parsel>=1.12,<2", "lxml>=6.1,<7"),
    "lxml": ("lxml>=6.1,<7",),
    "bs4": ("beautifulsoup4>=4.15,<5", "lxml>=6.1,<7"),
}


@dataclass(slots=True)
class Reader:
    """A way to read a page, and what its turns reported. `is_bare` tells that it yields no facts."""

    name: str
    python: Path
    script: str
    work: str
    is_bare: bool = False
    turns: list[dict[str, Any]] = field(default_factory=list)

    def read(self, pages: Path, work: Path) -> None:
        """Read all the pages, each once, in a process of its own."""
        command = (self.python, STEPS / f"read_{self.script}.py", self.work, pages, _TODAY)
        self.turns.append(run_step(command, work, _ALLOCATOR))

    @property
    def pages_per_s(self) -> float:
        """Pages a second of one core: the median over the groups of pages of all turns."""
        return 1 / median(cost for turn in self.turns for cost in turn["page_cpu_s"])


def main() -> int:
    """Run the comparison and print it; return 1 when --check finds a target missed."""
    options = _parse()
    ours = Path(sys.executable)
    bare = Reader("bare parse", ours, "ours", "parse", is_bare=True)
    first = Reader("scholar-etl, first page of a layout", ours, "ours", "first")
    again = Reader("scholar-etl, a layout already seen", ours, "ours", "again")
    readers, soup, parsel = [bare, first, again], None, None
    if not options.without_peers:
        pythons = {peer: make_environment(options.env_dir / peer, packages) for peer, packages in _PEERS.items()}
        soup = Reader("BeautifulSoup, lxml", pythons["bs4"], "bs4", "lxml")
        parsel = Reader("parsel", pythons["parsel"], "parsel", "read")
        readers += [
            Reader("lxml, compiled XPath", pythons["lxml"], "lxml", "read"),
            parsel,
            soup,
            Reader("BeautifulSoup, html.parser", pythons["bs4"], "bs4", "html.parser"),
        ]
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="scholar-etl-extract-") as name:
        work = Path(name)
        page_bytes = write_pages(work / "pages", options)
        (work / "turns").mkdir()
        for turn in range(options.turns):
            for reader in readers:
                tell(f"{reader.name}: turn {turn + 1} of {options.turns}")
                reader.read(work / "pages", work / "turns")
    _compare_facts(readers)
    print(machine(load_before))
    print(
        f"{options.pages} pages of {page_bytes / 1e3:.0f} KB with {options.papers} papers, seed {options.seed};"
        f" each is read once in each of {options.turns} turns; medians\n"
    )
    print(_speeds(readers, bare, soup, parsel))
    targets = [(first, bare, 0.10), (again, bare, 0.25), (again, soup, 10), (again, parsel, 3)]
    missed = False
    for reader, other, target in targets:
        if other is not None:
            ratio = reader.pages_per_s / other.pages_per_s
            missed |= ratio < target
            print(f"{reader.name}, to {other.name}: {ratio:.2f} (at least {target})")
    return int(options.check and missed)


def write_pages(folder: Path, options: argparse.Namespace) -> float:
    """Write the pages, `<key>.html` each, into a new folder; return how long a page is on average, in bytes."""
    folder.mkdir()
    length = 0
    for number, (observation, _) in enumerate(World(options.pages, options.papers, options.seed).day(0)):
        key = FIRST_KEY + number
        body = render(observation.profile, key=key, today=_TODAY, markup="cards")
        length += (folder / f"{key}.html").write_bytes(body)
    return length / options.pages


def _compare_facts(readers: list[Reader]) -> None:
    """Raise `SystemExit` unless every reader has read the same at each turn."""
    read = {(reader.name, str(turn["read"])) for reader in readers if not reader.is_bare for turn in reader.turns}
    if len({facts for _, facts in read}) > 1:
        raise SystemExit("the readers have read different facts:\n" + "\n".join(map(": ".join, sorted(read))))


def _speeds(readers: list[Reader], *against: Reader | None) -> str:
    others = [reader for reader in against if reader is not None]
    rows = [
        (
            reader.name,
            figure(reader.pages_per_s, 0),
            figure(1000 / reader.pages_per_s, 2),
            *(figure(reader.pages_per_s / other.pages_per_s, 3) for other in others),
        )
        for reader in readers
    ]
    header = ("", "pages/s a core", "CPU ms a page", *(f"to {other.name}" for other in others))
    versions = {name: number for reader in readers for name, number in reader.turns[0]["versions"].items()}
    told = ", ".join(f"{name} {number}" for name, number in versions.items())
    return table(header, rows) + f"\n{told}\n"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=300, help="different authors' pages, of one markup")
    parser.add_argument("--papers", type=int, default=36, help="for each author; 36 make 70 KB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few pages and one turn: does it still work?")
    parser.add_argument("--without-peers", action="store_true", help="scholar-etl and Lexbor alone; needs no network")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument(
        "--env-dir", type=Path, default=ENVIRONMENTS, help="where the peers' environments are made and kept"
    )
    options = parser.parse_args()
    if options.quick:
        options.pages, options.turns = 30, 1
    if options.check and options.without_peers:
        parser.error("--check compares with the peers: leave --without-peers out")
    return options


if __name__ == "__main__":
    sys.exit(main())
