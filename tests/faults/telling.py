"""The bundled site's story, told to a project day by day; and what it must come to when nobody disturbs it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from testbed import HISTORY, Bench, Done, environment

import scholar_etl
from scholar_etl.clock import utc_now
from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite

DAYS = 4
KEYS = tuple(range(facts.FIRST_KEY, facts.FIRST_KEY + 8))
"""Eight authors: on the third day one is blocked, and from then on one has no page any more."""

Line = tuple[str, int, int]
Plan = dict[str, Any]

_PACKAGE = Path(scholar_etl.__file__).parent
_VICTIM = Path(__file__).with_name("victim.py")


def beginning_of(function: Callable[..., Any]) -> tuple[str, int]:
    """Return the first line that a function of ours runs, as a plan names it: its file and its number."""
    code = inspect.unwrap(function).__code__
    line = next(line for _, _, line in code.co_lines() if line and line > code.co_firstlineno)
    return Path(code.co_filename).relative_to(_PACKAGE).as_posix(), line


class Telling:
    """One project through the days of the story; the site is moved to the day by whoever tells it."""

    def __init__(self, folder: Path, site: DemoSite, mornings: Iterable[datetime] = ()) -> None:
        self.site = site
        self.bench = Bench(folder, site.url, KEYS)
        self.mornings = list(mornings)

    @property
    def data(self) -> Path:
        """The folder of the warehouse and the archive."""
        return self.bench.published.parent

    def dawn(self) -> None:
        """Begin the next day: what is seen from now on is seen on it."""
        self.mornings.append(utc_now())

    @contextmanager
    def start(self, plan: Plan) -> Iterator[subprocess.Popen[str]]:
        """Start a refresh in a process of its own, which is about to work; it does not outlive the block."""
        with subprocess.Popen(
            [sys.executable, str(_VICTIM), json.dumps(plan), "--project", str(self.bench.folder), "refresh"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(PYTHONDONTWRITEBYTECODE="1"),  # a bytecode file would meet the limit on sizes
        ) as process:
            try:
                assert process.stdout
                assert process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
                yield process
            finally:
                process.kill()

    def refresh(self, plan: Plan | None = None) -> Done:
        """Refresh in a process of its own, to its end."""
        with self.start(plan or {}) as process:
            out, err = process.communicate()
        return Done(process.returncode, out, err)

    def tables(self) -> dict[str, list[str]]:
        """Return history as far as it does not depend on the clock: every column, each moment told as its day.

        `outcomes` are what the authors' captures of each day turned out to be: a page that was asked for twice is the
        same page.
        """
        views = {view: f"from {view}" for view in HISTORY}
        views["outcomes"] = "select distinct author_id, fetched_at, outcome from captures"
        return {
            view: sorted({repr({name: self._told(value) for name, value in row.items()}) for row in rows})
            for view, rows in ((view, self.bench.rows(query)) for view, query in views.items())
        }

    def _told(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return f"day {sum(morning <= value.replace(tzinfo=UTC) for morning in self.mornings)}"

    def names(self) -> set[str]:
        """Return the names of the files beside the published one, itself among them."""
        return {path.name for path in self.data.glob("*")}


@dataclass(frozen=True, slots=True)
class Day:
    """A day that nobody disturbed: how the refresh ended, the lines it ran, and what history was then."""

    code: int
    lines: tuple[Line, ...]
    tables: dict[str, list[str]]


def tell_undisturbed(telling: Telling, days: Iterable[int] = range(DAYS)) -> list[Day]:
    """Tell some days of the story without a disturbance."""
    told = []
    for day in days:
        telling.site.configure(day=day)
        telling.dawn()
        done = telling.refresh({"trace": True})
        assert done.code in (0, 3), done.err
        lines = tuple((file, line, times) for file, line, times in json.loads(done.out))
        told.append(Day(done.code, lines, telling.tables()))
    return told
