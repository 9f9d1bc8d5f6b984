"""What a page costs from the wire to the published file: scholar-etl against Scrapy and bare httpx; and its memory.

    python benchmarks/crawl.py [--quick] [--without-peers] [--check]

The bundled site serves made-up author pages, as long as the one real page known (`worlds.py`), on loopback from a
process of its own; limits are off, and all tools ask over the same number of connections. Scrapy reads the same fields
as we do, or the benchmark fails. Each run is a process of its own, and the tools take turns; a page's CPU is that of
the tool's process, the site's is not in it. Memory is measured on refreshes of the site's own, shorter pages. Scrapy's
environment is made on first use, below --env-dir, from the package index that pip knows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from comparing import ENVIRONMENTS, STEPS, figure, machine, make_environment, run_step, table, tell

from scholar_etl.demo.facts import FIRST_KEY
from scholar_etl.demo.site import DemoSite

_SCRAPY = ("scrapy>=2.19,<2.20",)
_TODAY = date(2026, 1, 1)
_MEMORY_MB = 20
"""How much more memory a refresh of ten times as many authors may take."""


@dataclass(slots=True)
class Tool:
    """A tool at some work, and what its runs reported."""

    name: str
    python: Path
    script: str
    work: str
    runs: list[dict[str, Any]] = field(default_factory=list)

    def crawl(self, site: DemoSite, folder: Path, count: int, connections: int, work: str = "") -> dict[str, Any]:
        """Crawl so many pages in a process of its own; return its report."""
        folder.mkdir(parents=True, exist_ok=True)
        script, told = STEPS / f"crawl_{self.script}.py", (site.url, FIRST_KEY, count, connections, folder)
        return run_step([self.python, script, work or self.work, *told], folder, {})

    def median(self, value: str) -> float:
        """Return the median over the runs of what they call `value`."""
        return median(run[value] for run in self.runs)


def main() -> int:
    """Run the comparison and print it; return 1 when --check finds a target missed."""
    options = _parse()
    ours = Path(sys.executable)
    whole = Tool("scholar-etl, fetch + archive + extract + load", ours, "ours", "refresh")
    tools = [
        Tool("bare httpx, fetch", ours, "httpx", "fetch"),
        Tool("scholar-etl, fetch", ours, "ours", "fetch"),
        whole,
        Tool("scholar-etl, the next day, all 304", ours, "ours", "refresh again"),
    ]
    scrapy = None
    if not options.without_peers:
        python = make_environment(options.env_dir / "scrapy", _SCRAPY)
        scrapy = Tool("Scrapy, fetch + parse", python, "scrapy", "parse")
        tools += [Tool("Scrapy, fetch", python, "scrapy", "fetch"), scrapy]
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="scholar-etl-crawl-") as name:
        page_bytes = compare(tools, Path(name), options)
        print(machine(load_before))
        print(
            f"{options.authors:,} pages of {page_bytes / 1e3:.0f} KB with {options.papers} papers, seed {options.seed};"
            f" {options.connections} connections; median of {options.runs}\n"
        )
        print(_costs(tools, options.authors))
        peaks = measure_memory(whole, Path(name), options)
    rows = [(f"{count:,}", *(figure(peak, 0) for peak in pair)) for count, pair in peaks.items()]
    print(table(("authors", "peak MB before publishing", "peak MB"), rows))
    growth, growth_in_all = (max(column) - min(column) for column in zip(*peaks.values(), strict=True))
    print(f"memory grows by {growth:.0f} MB before publishing, {growth_in_all:.0f} MB in all (at most {_MEMORY_MB})")
    slower = scrapy is not None and whole.median("cpu_s") >= scrapy.median("cpu_s")
    if scrapy:
        print(f"CPU of the whole, by Scrapy's fetch + parse: {whole.median('cpu_s') / scrapy.median('cpu_s'):.2f}")
    return int(options.check and (slower or growth_in_all > _MEMORY_MB))


def compare(tools: list[Tool], work: Path, options: argparse.Namespace) -> float:
    """Let the tools take turns; return how long a page is. Raises `SystemExit` when they read different things."""
    with DemoSite(authors=options.authors, today=_TODAY) as site:
        tell(f"making {options.authors:,} pages")
        (work / "pages").mkdir()
        sizes = [f"--{name}={getattr(options, name)}" for name in ("authors", "papers", "seed")]
        made = run_step([sys.executable, STEPS / "make_pages.py", site.url, *sizes], work / "pages", {})
        for tool in tools:
            if tool.work in ("refresh", "parse"):
                tell(f"{tool.name}: what does it read?")
                report = tool.crawl(site, work / tool.script / "check", options.authors, options.connections, "check")
                read = {name: report[name] for name in ("papers", "digest")}
                if read != made.setdefault("read", read):
                    raise SystemExit(f"{tool.name} has read {read}, not {made['read']}")
        for turn in range(options.runs):
            for tool in tools:
                tell(f"{tool.name}: run {turn + 1} of {options.runs}")
                # The next day's run finds what the first day's has left.
                folder = work / tool.script / str(turn)
                tool.runs.append(tool.crawl(site, folder, options.authors, options.connections))
            shutil.rmtree(work / "ours")
    return float(made["page_bytes"])


def measure_memory(tool: Tool, work: Path, options: argparse.Namespace) -> dict[int, tuple[float, float]]:
    """Return by the number of authors the peak memory of a refresh: before it publishes, and in all."""
    peaks = {}
    with DemoSite(authors=max(options.memory), today=_TODAY) as site:
        for count in options.memory:
            tell(f"memory with {count:,} authors")
            report = tool.crawl(site, work / f"memory-{count}", count, options.connections)
            peaks[count] = (report["before_publishing_mb"], report["peak_mb"])
    return peaks


def _costs(tools: list[Tool], count: int) -> str:
    rows = [
        (
            tool.name,
            figure(count / tool.median("wall_s"), 0),
            figure(1000 * tool.median("cpu_s") / count, 2),
            figure(tool.median("peak_mb"), 0),
        )
        for tool in tools
    ]
    versions = {name: number for tool in tools for name, number in tool.runs[0]["versions"].items()}
    told = ", ".join(f"{name} {number}" for name, number in versions.items())
    return table(("", "pages/s", "CPU ms a page", "peak MB"), rows) + f"\n{told}\n"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--authors", type=int, default=1_000)
    parser.add_argument("--papers", type=int, default=30, help="for each author")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--memory", type=int, nargs="+", default=[1_000, 10_000], help="authors, to compare memory at")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="60 authors and one run: does it still work?")
    parser.add_argument("--without-peers", action="store_true", help="scholar-etl and httpx alone; needs no network")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument(
        "--env-dir", type=Path, default=ENVIRONMENTS, help="where Scrapy's environment is made and kept"
    )
    options = parser.parse_args()
    if options.quick:
        options.authors, options.runs, options.memory = 60, 1, [60, 120]
    if options.check and options.without_peers:
        parser.error("--check compares with the peers: leave --without-peers out")
    return options


if __name__ == "__main__":
    sys.exit(main())
