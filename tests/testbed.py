"""What the tests of the command line, the pipeline and the flow stand on: project folders, and two ways to call it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import stamina

import scholar_etl
from scholar_etl.cli import main
from scholar_etl.clock import utc_now
from scholar_etl.demo import facts
from scholar_etl.demo.scene import ROBOTS
from scholar_etl.demo.site import DemoSite
from scholar_etl.settings import Project
from scholar_etl.store import connect

ADA, BEN, CAI, DEE = range(facts.FIRST_KEY, facts.FIRST_KEY + 4)
"""The site's first four authors; the second one's page never changes."""

VIEWS = (
    "authors",
    "author_metrics",
    "papers",
    "paper_history",
    "captures",
    "runs",
    "field_yield",
    "metric_jumps",
    "quarantine",
)
HISTORY = ("authors", "author_metrics", "papers", "paper_history")

_SETTINGS = """\
[fetch]
contact = "tests@example.org"
requests_per_minute = 60000
allow_private_hosts = true
timeout_s = 20
[sources.scholarfeed]
base_url = "{base_url}"
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a call of the command line ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that it wrote to standard error; anything else is a failure of the test."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class Bench:
    """A project folder, and the command line called on it."""

    def __init__(self, folder: Path, base_url: str, keys: tuple[int, ...] = (ADA, BEN, CAI)) -> None:
        self.folder = folder
        self.base_url = base_url
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scholar-etl.toml").write_text(_SETTINGS.format(base_url=base_url))
        self.watch(*keys)

    @property
    def project(self) -> Project:
        """The project as its files say now."""
        return Project.open(self.folder)

    @property
    def published(self) -> Path:
        """The published file."""
        return self.folder / "data/scholar.duckdb"

    def watch(self, *keys: int) -> None:
        """Write the watchlist anew."""
        entries = (f'[[author]]\nname = "{facts.name_of(key)}"\nscholarfeed = {key}\n' for key in keys)
        (self.folder / "watchlist.toml").write_text("\n".join(entries))

    def set(self, old: str, new: str) -> None:
        """Replace a piece of the settings file."""
        file = self.folder / "scholar-etl.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Call the command line on this project, in this process."""
        return call("--project", str(self.folder), *arguments, stdin=stdin)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return what a query on the published file gives."""
        with connect(self.published) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def value(self, query: str) -> Any:
        """Return the only value of a query on the published file."""
        (row,) = self.rows(query)
        (value,) = row.values()
        return value

    def tables(self, views: tuple[str, ...] = VIEWS, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
        """Return every row of the views as text, sorted, without some columns: what two states are compared by."""
        return {
            view: sorted(
                repr({name: value for name, value in row.items() if name not in without})
                for row in self.rows(f"from {view}")
            )
            for view in views
        }


def call(*arguments: str, stdin: bytes = b"") -> Done:
    """Call the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv, sys.stdin, logging.getLogger().handlers[:]
    sys.argv, sys.stdin = ["scholar-etl", *arguments], io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as leaving:
            main()
    finally:
        sys.argv, sys.stdin, logging.getLogger().handlers[:] = before
    code = leaving.value.code
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def command(*arguments: str) -> list[str]:
    """Return the command line as a process of its own."""
    return [sys.executable, "-m", "scholar_etl", *arguments]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment for such a process, started from any folder."""
    return {**os.environ, "PYTHONPATH": str(Path(scholar_etl.__file__).parents[1]), **variables}


def spawn(*arguments: str, **variables: str) -> Done:
    """Call the command line in a process of its own, and wait for its end."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, env=environment(**variables), check=False, timeout=180
    )
    return Done(done.returncode, done.stdout, done.stderr)


def until(is_so: Callable[[], object], *, guard_s: int = 180) -> None:
    """Look again and again, until it is so. `guard_s` is only a guard: nothing here is measured."""
    pause = threading.Event()
    for _ in range(guard_s * 10):
        if is_so():
            return
        pause.wait(0.1)
    raise AssertionError("it never came to be")


def free_port() -> int:
    """Return a port of loopback at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def strict_json(text: str) -> Any:
    """Read one JSON document as RFC 8259 has it: no NaN, no repeated names, nothing behind it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    assert text.endswith("\n")
    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


@pytest.fixture(scope="session")
def running_site() -> Iterator[DemoSite]:
    """Start the site once a test process: tests change its scene, not the process."""
    with DemoSite() as site:
        yield site


@pytest.fixture
def site(running_site: DemoSite) -> DemoSite:
    """Return the site as it is on its first day, with an empty log."""
    running_site.configure(
        day=0, today=utc_now().date(), markup="cards", authors=25, robots=ROBOTS, faults={}, metrics={}, profiles={}
    )
    running_site.forget_requests()
    return running_site


@pytest.fixture(scope="session")
def settled(running_site: DemoSite, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a project that has been refreshed once, for tests that change nothing in it."""
    running_site.configure(day=0, today=utc_now().date(), faults={}, metrics={}, profiles={})
    bench = Bench(tmp_path_factory.mktemp("settled"), running_site.url)
    assert bench("refresh").code == 0
    return bench


@pytest.fixture
def bench(site: DemoSite, tmp_path: Path) -> Bench:
    """Return a fresh project that follows the site's first three authors."""
    return Bench(tmp_path / "project", site.url)


@pytest.fixture
def refreshed(bench: Bench) -> Bench:
    """Return a project that has been refreshed once."""
    assert bench("refresh").code == 0
    return bench


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away what the environment may say to us, and let second tries come without a pause in this process."""
    for name in list(os.environ):
        if name.upper().startswith("SCHOLAR_ETL_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)
