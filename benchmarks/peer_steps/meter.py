"""What a step of the comparison costs: seconds by phase, and memory. For any Python: each tool has its own environment.

A step is a process of its own, called by `peers.py` as

    python step.py load STATE DAYS NUMBER REPORT     bring the history in the folder STATE up to date with one day
    python step.py count STATE REPORT                say what history holds

and writes one JSON object into the file REPORT.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

Kind = Literal["start", "input", "work"]

_MB_IN_MAXRSS = 2**20 if sys.platform == "darwin" else 2**10


class Meter:
    """Collects the cost of a step's phases."""

    def __init__(self) -> None:
        self.phases: dict[str, dict[str, Any]] = {}
        self.idle_mb: float | None = None

    @contextmanager
    def phase(self, name: str, kind: Kind = "work") -> Iterator[None]:
        """Time what is done inside. Only work is compared: not the start of the tool, not the making of its input."""
        if kind == "work" and self.idle_mb is None:
            self.idle_mb = peak_mb()
        wall, cpu = time.perf_counter(), _cpu_s()
        yield
        self.phases[name] = {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": _cpu_s() - cpu,
            "kind": kind,
        }


def run_step(
    packages: tuple[str, ...],
    load: Callable[[Path, Path, int, Meter], None],
    count: Callable[[Path], dict[str, Any]],
) -> None:
    """Do what the command line says. `packages` are those whose versions the report names."""
    command, state, *arguments = sys.argv[1:]
    report: dict[str, Any]
    if command == "load":
        days, number, target = arguments
        meter = Meter()
        load(Path(state), Path(days), int(number), meter)
        report = {
            "versions": {package: version(package) for package in packages},
            "phases": meter.phases,
            "idle_mb": meter.idle_mb,
            "peak_mb": peak_mb(),
        }
    else:
        (target,) = arguments
        report = count(Path(state))
    Path(target).write_text(json.dumps(report), encoding="utf-8")


def peak_mb() -> float:
    """Return the most memory that this process has held so far (resident), in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB_IN_MAXRSS


def _cpu_s() -> float:
    """Return the CPU time, user and system, of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
