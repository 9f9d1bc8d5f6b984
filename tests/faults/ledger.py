"""What was promised of a project, and whether all of it is still there; and how far a dead refresh had come."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from telling import KEYS, Telling

from scholar_etl.archive import Archive
from scholar_etl.archive.reading import end_of_captures
from scholar_etl.model import Capture
from scholar_etl.store import connect, run_checks

TOLD = "authors refreshed"
"""What a refresh says when it is done: from then on somebody counts on it."""

PHASES = {
    "starting": "no page archived: the lock, opening the file, taking in what an earlier run left",
    "archiving": "a page half archived",
    "fetching": "some pages archived",
    "loading": "all pages archived, none loaded",
    "loaded": "pages loaded, the run's end not recorded",
    "closing": "the run's end recorded, the writer's file not closed",
    "compacting": "the writer's file closed, one without its waste half written",
    "copying": "the copy for publication half written",
    "publishing": "around these: the writer's file closed, nothing half written, the published one still the old",
    "published": "published, not said",
    "said": "the summary said",
}

_UNDER_WAY = {
    ".scholar.duckdb.writer.wal": "closing",
    ".scholar.duckdb.writer.compact": "compacting",
    ".scholar.duckdb.part": "copying",
}
"""The file that lies beside the published one in some phases between the run's end and its publication."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """The captures and the finished runs that a warehouse file holds."""

    captures: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()


@dataclass(slots=True)
class Ledger:
    """The captures archived and the runs acknowledged so far; `audit` holds a project to them."""

    telling: Telling
    archived: dict[str, Capture] = field(default_factory=dict)
    acknowledged: dict[str, list[Row]] = field(default_factory=dict)
    published: Holding = field(default_factory=Holding)
    private: Holding = field(default_factory=Holding)
    torn_bytes: int = 0

    def audit(self) -> None:
        """Open all files as they lie there: nothing is torn, and nothing promised is missing."""
        archive = Archive(self.telling.bench.project.archive)
        archived = {capture.capture_id: capture for capture, _ in archive.scan()}
        assert archived.items() >= self.archived.items(), "a capture is gone from the archive"
        self.archived = archived
        self.torn_bytes = torn_bytes(archive.root)
        self.private = self._recover_private()
        if self.telling.bench.published.exists():
            self._audit_published()
        assert self.published.captures <= self.private.captures <= archived.keys()
        assert self.published.runs <= self.private.runs

    def acknowledge(self) -> None:
        """Note the newest run, which somebody has been told of: it is published, with a capture of every author."""
        (run,) = self.telling.bench.rows("from runs order by started_at desc limit 1")
        assert run["status"] in ("complete", "partial")
        captures = self.telling.bench.rows("from captures order by all")
        mine = [row for row in captures if row["run_id"] == run["run_id"]]
        assert run["author_count"] == run["capture_count"] == len(mine) == len(KEYS)
        self.acknowledged[run["run_id"]] = mine

    def _audit_published(self) -> None:
        with connect(self.telling.bench.published) as connection:
            assert run_checks(connection) == []
        runs = self.telling.bench.rows("from runs")
        captures = self.telling.bench.rows("from captures order by all")
        assert all(run["finished_at"] or run["status"] == "abandoned" for run in runs), "half a run is published"
        self.published = Holding(
            frozenset(row["capture_id"] for row in captures),
            frozenset(run["run_id"] for run in runs if run["finished_at"]),
        )
        for run_id, rows in self.acknowledged.items():
            assert run_id in self.published.runs, "an acknowledged run is gone"
            assert [row for row in captures if row["run_id"] == run_id] == rows, "an acknowledged run has lost rows"

    def _recover_private(self) -> Holding:
        """Recover a copy of the writer's file, as the next writer will recover it."""
        with tempfile.TemporaryDirectory() as folder:
            for file in self.telling.data.glob(".scholar.duckdb.writer*"):
                shutil.copy(file, folder)
            file = Path(folder, ".scholar.duckdb.writer")
            if not file.exists():
                return Holding()
            with duckdb.connect(str(file)) as connection:
                views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
                if ("captures",) not in views:  # its first writer died very young
                    return Holding()
                captures = connection.execute("select capture_id from captures").fetchall()
                runs = connection.execute("select run_id from runs where finished_at is not null").fetchall()
        return Holding(frozenset(row[0] for row in captures), frozenset(row[0] for row in runs))


def phase_of(before: Ledger, after: Ledger, said: str) -> str:
    """Return which of `PHASES` a refresh died in, as told by what it left: the ledger audited before it and after."""
    mine = after.archived.keys() - before.archived.keys()
    if TOLD in said:
        return "said"
    if after.published.runs - before.published.runs:
        return "published"
    if after.private.runs - before.private.runs:
        names = after.telling.names()
        return next((phase for file, phase in _UNDER_WAY.items() if file in names), "publishing")
    if mine and mine <= after.private.captures:
        return "loaded"
    if after.torn_bytes not in (0, before.torn_bytes):
        return "archiving"
    if len(mine) == len(KEYS):
        return "loading"
    return "fetching" if mine else "starting"


def torn_bytes(archive: Path) -> int:
    """Return how many bytes of the archive are the beginning of a capture without its end."""
    count = 0
    for path in archive.glob("*/*.warc.gz"):
        with path.open("rb") as file:
            count += path.stat().st_size - end_of_captures(file, path.name)
    return count
