"""What Prefect adds to a refresh: the same authors, unchanged since the run before, plain and as a flow.

    python benchmarks/orchestration.py [--quick] [--check]

The bundled site answers 304 on loopback from a process of its own. Prefect's server is warm and lives in this process,
so that its CPU can be told. Each refresh is a process of its own, on one project, and the two ways take turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from comparing import STEPS, figure, machine, run_step, table, tell
from scholar_etl.flows.server import LocalServer

from scholar_etl.demo.facts import FIRST_KEY
from scholar_etl.demo.site import DemoSite
from scholar_etl.settings import create_project

_TODAY = date(2026, 1, 1)
_WALL_S = 5.0
_CPU_PCT = 15.0
"""What Prefect may add."""

_SETTINGS = """\
[fetch]
contact = "benchmark@localhost"
requests_per_minute = 60000
connections_per_host = 8
allow_private_hosts = true
[sources.scholarfeed]
base_url = "{site}"
"""


def main() -> int:
    """Run the comparison and print it; return 1 when --check finds a target missed."""
    options = _parse()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="scholar-etl-orchestration-") as name:
        folder = Path(name) / "project"
        folder.mkdir()
        with DemoSite(authors=options.authors, today=_TODAY) as site, LocalServer(folder):
            runs = compare(folder, site.url, options)
    plain, flow = (_medians(runs[way]) for way in ("plain", "prefect"))
    print(machine(load_before))
    print(f"{options.authors:,} authors, unchanged; a warm server; median of {options.runs}\n")
    header = ("", "wall s", "CPU s", "CPU s to start", "server's CPU s")
    print(table(header, [_row("plain", plain), _row("through Prefect", flow)]))
    wall_s = flow["wall_s"] - plain["wall_s"]
    cpu_pct = 100 * (flow["cpu_s"] / plain["cpu_s"] - 1)
    print(f"Prefect adds {wall_s:.1f} s (at most {_WALL_S:g}) and {cpu_pct:.0f} % of CPU (at most {_CPU_PCT:g} %)")
    return int(options.check and (wall_s > _WALL_S or cpu_pct > _CPU_PCT))


def compare(folder: Path, site_url: str, options: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Refresh by turns; return what each run of each way took."""
    keys = range(FIRST_KEY, FIRST_KEY + options.authors)
    watchlist = "\n".join(f"[[author]]\nscholarfeed = {key}" for key in keys)
    create_project(folder, watchlist, _SETTINGS.format(site=site_url))
    runs: dict[str, list[dict[str, float]]] = {"plain": [], "prefect": []}
    tell(f"the first refresh of {options.authors:,} authors, and one through Prefect to warm its server")
    for way in runs:
        _refresh(way, folder)
    for turn in range(options.runs):
        for way, done in runs.items():
            tell(f"{way}: run {turn + 1} of {options.runs}")
            done.append(_refresh(way, folder))
    return runs


def _refresh(way: str, folder: Path) -> dict[str, float]:
    before = time.process_time()
    report: dict[str, Any] = run_step([sys.executable, STEPS / "refresh_step.py", way, folder], folder, {})
    return {
        "wall_s": report["refresh"]["wall_s"],
        "cpu_s": report["refresh"]["cpu_s"],
        "start_cpu_s": report["start"]["cpu_s"],
        "server_cpu_s": time.process_time() - before,
    }


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in runs[0]}


def _row(name: str, costs: dict[str, float]) -> tuple[str, ...]:
    return (name, *(figure(value, 2) for value in costs.values()))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--authors", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="30 authors and one run: does it still work?")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args()
    if options.quick:
        options.authors, options.runs = 30, 1
    return options


if __name__ == "__main__":
    sys.exit(main())
