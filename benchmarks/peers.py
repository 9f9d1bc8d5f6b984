"""One more day on top of some days of history: scholar-etl against dlt's scd2 and a dbt snapshot.

    python benchmarks/peers.py [--quick] [--without-peers] [--check]

All tools get the same day in the form each likes best, with the hash of each row given, and bring a DuckDB file of
their own up to date: rows that changed or went are closed, new ones opened. Afterwards the histories must hold the
same, else the benchmark fails. Each run is a process of its own, and the tools take turns. The peers' environments are
made on first use, below --env-dir, from the package index that pip knows. Needs 6 GB below the temporary folder at full
size.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from comparing import ENVIRONMENTS, STEPS, figure, machine, make_environment, run_step, table, tell

TARGET = 20
"""How many times faster than each peer we mean to be, at `TARGET_PAPERS` papers."""
TARGET_PAPERS = 300_000

_DAYS_OF_HISTORY = 2
_OURS = "scholar-etl"
_PEERS = {
    "dlt": ("dlt[duckdb]>=1.31,<2", "pyarrow>=18"),
    # 1.12 of dbt-core does not install.
    "dbt": ("dbt-core>=1.11,<1.12", "dbt-duckdb>=1.10,<2"),
}
_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    # Else dlt keeps each day's files for ever.
    "LOAD__DELETE_COMPLETED_JOBS": "true",
}


@dataclass(slots=True)
class Tool:
    """A tool, its Python, and what its runs reported. `state` is the folder with the history before the day."""

    name: str
    python: Path
    script: Path
    state: Path
    runs: list[dict[str, Any]] = field(default_factory=list)

    def load(self, state: Path, days: Path, number: int) -> dict[str, Any]:
        """Bring the history in `state` up to date with a day, in a process of its own; return its report."""
        return run_step([self.python, self.script, "load", state, days, number], state, _ENVIRONMENT)

    def count(self, state: Path) -> dict[str, Any]:
        """Return what history holds: rows and checksum by kind of row."""
        return run_step([self.python, self.script, "count", state], state, _ENVIRONMENT)

    def median(self, value: str) -> float:
        """Return the median over the runs of what they call `value`."""
        return median(run[value] for run in self.runs)


def main() -> int:
    """Run the comparison and print it; return 1 when --check finds the target missed."""
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="scholar-etl-peers-") as name:
        work = Path(name)
        tools = [Tool(_OURS, Path(sys.executable), STEPS / "ours_step.py", work / "ours")]
        if not options.without_peers:
            tools += [
                Tool(peer, make_environment(options.env_dir / peer, packages), STEPS / f"{peer}_step.py", work / peer)
                for peer, packages in _PEERS.items()
            ]
        made = _make_days(work / "days", options)
        for tool in tools:
            tell(f"{tool.name}: {_DAYS_OF_HISTORY} days of history")
            tool.state.mkdir()
            for number in range(_DAYS_OF_HISTORY):
                tool.load(tool.state, work / "days", number)
        load_before = os.getloadavg()[0]
        held: dict[str, Any] = {}
        for turn in range(options.runs):
            for tool in tools:
                tell(f"{tool.name}: run {turn + 1} of {options.runs}")
                run, counts = _run(tool, work)
                tool.runs.append(run)
                held.setdefault("counts", counts)
                if counts != held["counts"]:
                    raise SystemExit(f"{tool.name} holds another history than {tools[0].name}:\n{counts}\n{held}")
    print(machine(load_before))
    print(_sizes(options, made, held["counts"]))
    print(_costs(tools))
    if len(tools) > 1:
        print(_ratios(tools))
    print(_phases(tools, made["hash_s"]))
    return _verdict(tools, made["papers"]) if options.check else 0


def _run(tool: Tool, work: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let a tool take in the day, on a copy of its history; return what it cost, and what history holds then."""
    state = work / "run"
    shutil.copytree(tool.state, state)
    os.sync()  # Nobody pays for writing the copy to the disk while the timer runs.
    before_mb = _megabytes(state / "history.duckdb")
    report = tool.load(state, work / "days", _DAYS_OF_HISTORY)
    run = {
        **report,
        "wall_s": _seconds(report, "wall_s", "work"),
        "cpu_s": _seconds(report, "cpu_s", "work"),
        "started_cpu_s": _seconds(report, "cpu_s", "start", "work"),
        "file_before_mb": before_mb,
        "file_after_mb": _megabytes(state / "history.duckdb"),
        "disk_mb": sum(_megabytes(path) for path in state.rglob("*") if path.is_file()),
    }
    counts = tool.count(state)
    shutil.rmtree(state)
    return run, counts


def _seconds(report: dict[str, Any], unit: str, *kinds: str) -> float:
    return sum(phase[unit] for phase in report["phases"].values() if phase["kind"] in kinds)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--authors", type=int, default=10_000)
    parser.add_argument("--papers", type=int, default=30, help="for each author")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="200 authors and one run: does it still work?")
    parser.add_argument("--without-peers", action="store_true", help="scholar-etl alone; needs no network")
    parser.add_argument("--check", action="store_true", help="exit 1 when the target is missed at full size")
    parser.add_argument(
        "--env-dir",
        type=Path,
        default=ENVIRONMENTS,
        help="where the peers' environments are made and kept",
    )
    options = parser.parse_args()
    if options.quick:
        options.authors, options.runs = 200, 1
    if options.check and options.without_peers:
        parser.error("--check compares with the peers: leave --without-peers out")
    return options


def _make_days(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Write the days' input in a process of its own: what a parent holds counts as its children's peak memory."""
    tell(f"making {_DAYS_OF_HISTORY + 1} days of {options.authors} authors with {options.papers} papers")
    folder.mkdir()
    sizes = {"authors": options.authors, "papers": options.papers, "seed": options.seed, "days": _DAYS_OF_HISTORY + 1}
    arguments = [f"--{name}={value}" for name, value in sizes.items()]
    subprocess.run([sys.executable, STEPS / "make_days.py", folder, *arguments], check=True)
    made: dict[str, Any] = json.loads((folder / "days.json").read_text(encoding="utf-8"))
    return made


def _sizes(options: argparse.Namespace, made: dict[str, Any], counts: dict[str, Any]) -> str:
    rows = ", ".join(f"{rows:,} {kind}" for kind, (rows, _) in sorted(counts.items()))
    return (
        f"{made['papers']:,} papers of {options.authors:,} authors, seed {options.seed};"
        f" day {_DAYS_OF_HISTORY + 1} on top of {_DAYS_OF_HISTORY}; median of {options.runs}\n"
        f"the same history in all: {rows}\n"
    )


def _costs(tools: Sequence[Tool]) -> str:
    header = ("", "wall s", "CPU s", "with start", "peak MB", "before", "file MB", "before", "all on disk MB")
    values = ("wall_s", "cpu_s", "started_cpu_s", "peak_mb", "idle_mb", "file_after_mb", "file_before_mb", "disk_mb")
    return table(
        header,
        [
            (_name(tool), *(figure(tool.median(value), 2 if value.endswith("_s") else 0) for value in values))
            for tool in tools
        ],
    )


def _ratios(tools: Sequence[Tool]) -> str:
    header = ("times ours", "wall", "wall, our load alone", "CPU", "with start", "peak", "file", "all on disk")
    ours, *peers = tools
    load_s = median(run["phases"]["load"]["wall_s"] for run in ours.runs)
    pairs = [
        ("wall_s", ours.median("wall_s")),
        ("wall_s", load_s),
        *((value, ours.median(value)) for value in ("cpu_s", "started_cpu_s", "peak_mb", "file_after_mb", "disk_mb")),
    ]
    return table(
        header,
        [(peer.name, *(figure(peer.median(value) / own, 1) for value, own in pairs)) for peer in peers],
    )


def _phases(tools: Sequence[Tool], hash_s: float) -> str:
    """Tell what the seconds went into, those too that are not compared: only work is."""
    rows = []
    for tool in tools:
        for name, first in tool.runs[0]["phases"].items():
            wall, cpu = (median(run["phases"][name][unit] for run in tool.runs) for unit in ("wall_s", "cpu_s"))
            rows.append((tool.name, name, figure(wall, 3), figure(cpu, 3), first["kind"]))
    rows.append(("peers", "hashes", figure(hash_s, 3), "", "input"))
    return table(("", "phase", "wall s", "CPU s", "kind"), rows)


def _verdict(tools: Sequence[Tool], papers: int) -> int:
    if papers < TARGET_PAPERS * 0.99:
        print(f"the target is for {TARGET_PAPERS:,} papers: not judged")
        return 0
    ours, *peers = tools
    missed = [
        f"{peer.name}: {peer.median('wall_s') / ours.median('wall_s'):.1f} times slower than we are, not {TARGET}"
        for peer in peers
        if peer.median("wall_s") < TARGET * ours.median("wall_s")
    ]
    missed += [
        f"{peer.name}: {peer.median(value):,.0f} MB of {what}, we {ours.median(value):,.0f}"
        for peer in peers
        for value, what in (("peak_mb", "memory"), ("disk_mb", "disk"))
        if peer.median(value) <= ours.median(value)
    ]
    print("\n".join(["target missed", *missed] if missed else ["target reached"]))
    return 1 if missed else 0


def _name(tool: Tool) -> str:
    """Return a tool with its versions: `dlt 1.31.0 (duckdb 2.0.1)`."""
    (_, own), *others = tool.runs[0]["versions"].items()
    return f"{tool.name} {own} ({', '.join(f'{name} {number}' for name, number in others)})"


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 2**20


if __name__ == "__main__":
    sys.exit(main())
