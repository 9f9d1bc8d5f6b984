"""What a command does not need it does not import: it would cost a second and more."""

from __future__ import annotations

import subprocess
import sys

import pytest
from testbed import Bench, environment

HEAVY = {"apprise", "prefect", "httpx", "duckdb", "pyarrow", "warcio", "selectolax", "pydantic", "rich"}


def imported(*arguments: str) -> set[str]:
    """Return the top-level packages that a process of the command line imports, as Python itself tells."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "scholar_etl", *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    names = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}


def test_help_imports_nothing_heavy() -> None:
    """The list of commands is there at once."""
    assert imported("--help") & HEAVY == set()


@pytest.mark.parametrize(
    ("command", "needed"),
    [("diff", {"duckdb"}), ("refresh", {"duckdb", "httpx", "selectolax"}), ("status", {"duckdb"})],
)
def test_only_the_flow_imports_prefect(refreshed: Bench, command: str, needed: set[str]) -> None:
    """Nor do the commands that only read import what fetches."""
    modules = imported("--project", str(refreshed.folder), command)
    assert modules & {"apprise", "prefect"} == set()
    assert needed <= modules
    if command == "diff":
        assert "httpx" not in modules


@pytest.mark.parametrize("arguments", [("sql", "from authors"), ("export", "out"), ("report", "site")], ids=" ".join)
def test_what_only_reads_imports_nothing_that_fetches(
    refreshed: Bench, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Nor what reads pages or the archive."""
    monkeypatch.chdir(refreshed.folder)
    assert imported(*arguments) & {"prefect", "httpx", "selectolax", "warcio"} == set()
