"""What the comparisons with other tools share: their environments, their steps, and tables."""

from __future__ import annotations

import getpass
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STEPS = Path(__file__).parent / "peer_steps"
ENVIRONMENTS = Path(tempfile.gettempdir()) / f"scholar-etl-peers-{getpass.getuser()}"
"""Where the peers' environments are made and kept, unless --env-dir says otherwise."""


def make_environment(folder: Path, packages: Sequence[str]) -> Path:
    """Return the Python of a virtual environment with these packages; made when it is not there yet."""
    wanted, python = "\n".join(packages), folder / "bin" / "python"
    done = folder / "installed.txt"
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        tell(f"making an environment with {', '.join(packages)}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python


def run_step(command: Sequence[object], folder: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """Run a step in `folder` and return the report that it wrote; its output is shown when it fails."""
    target = folder.with_suffix(".json")
    done = subprocess.run(
        [*map(str, command), str(target)],
        cwd=folder,  # Where no tool finds settings.
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")
    report: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return report


def machine(load_before: float) -> str:
    """Return a line on the machine, with the load averages before and now."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()};"
        f" load average {load_before:.1f} at the start, {os.getloadavg()[0]:.1f} at the end\n"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table that reads well as plain text; all but the first column to the right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        return f"| {' | '.join([cells[0].ljust(widths[0]), *padded[1:]])} |"

    rule = "|".join(["-" * (widths[0] + 2), *(f"{'-' * (width + 1)}:" for width in widths[1:])])
    return "\n".join([line(header), f"|{rule}|", *map(line, rows), ""])


def figure(value: float, places: int) -> str:
    """Write a number for a table."""
    return f"{value:,.{places}f}"


def tell(what: str) -> None:
    """Say what goes on, on standard error."""
    print(what, file=sys.stderr, flush=True)
