"""A disk may be full at any moment: one line says so, readers keep the last run, and the next refresh makes it good.

Each phase of a refresh finds a disk that has become full at its beginning: one where no file grows any more
(RLIMIT_FSIZE), and a small one of its own (tmpfs, where the tests may mount one) on which a file has taken the rest.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ledger import Ledger, phase_of
from telling import KEYS, Plan, Telling, beginning_of

from scholar_etl.archive.writing import Segment
from scholar_etl.demo.site import DemoSite
from scholar_etl.files import replace_with_copy
from scholar_etl.lock import ProjectLock
from scholar_etl.store import Warehouse
from scholar_etl.store.compact import compact
from scholar_etl.store.load import load

DISK_BYTES = 64_000_000
PAGE_BYTES = 4096
WHOLE = {"archive", ".scholar.duckdb.lock", ".scholar.duckdb.writer", "scholar.duckdb"}
"""What lies in a project's data folder when all is well."""

_PUBLISH = r"cannot publish the warehouse \S+/scholar\.duckdb: "


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a refresh, by the function that does it, and what shows that the disk was full in it.

    The disk has room for `room_bytes` more when the function is called the `nth` time: for a part of what it writes,
    where that is more than a page. `error` is how the line of error goes on, and `left` is the phase of `ledger.PHASES`
    that the files tell. `warning` is a line before it. `is_first` is for a project's first refresh.
    """

    function: Callable[..., Any]
    error: str
    left: str
    nth: int = 1
    room_bytes: int = 0
    warning: str | None = None
    is_first: bool = False

    def plan(self) -> Plan:
        """Return what is to happen, as `victim.py` takes it."""
        return {"do": "fill", "at": [*beginning_of(self.function), self.nth], "bytes": self.room_bytes}


PHASES = {
    "lock": Phase(ProjectLock.__enter__, r"cannot write the lock file \S+/\.scholar-etl\.lock: ", "starting"),
    "making": Phase(
        Warehouse._restore,
        r"cannot open the warehouse \S+/scholar\.duckdb: .*\.writer\.fresh",
        "starting",
        room_bytes=PAGE_BYTES,
        is_first=True,
    ),
    "archive": Phase(Segment.append, r"cannot write \S+\.warc\.gz: ", "fetching", nth=4, room_bytes=PAGE_BYTES),
    "load": Phase(
        load,
        r"cannot load into the warehouse \S+/scholar\.duckdb: .*\.writer\.wal",
        "loading",
        room_bytes=PAGE_BYTES,
    ),
    "checkpoint": Phase(
        Warehouse._close,
        _PUBLISH + r".*Checkpoint failed.*\.writer",
        "closing",
        room_bytes=100_000,
    ),
    "compaction": Phase(
        compact,
        _PUBLISH + r"\[Errno \d+\]",
        "publishing",
        room_bytes=1_000_000,
        warning=r".* cannot compact \S+\.writer: .*; going on with it as it is",
    ),
    "copy": Phase(replace_with_copy, _PUBLISH + r"\[Errno \d+\]", "publishing", room_bytes=1_000_000),
}


@dataclass(frozen=True, slots=True)
class Start:
    """A project at the start of a day, and what the day comes to when nobody disturbs it."""

    telling: Telling
    day: int
    code: int
    tables: dict[str, list[str]]

    def copy_to(self, folder: Path) -> Telling:
        """Return a copy of the project; the site is on its day."""
        shutil.copytree(self.telling.bench.folder, folder)
        self.telling.site.configure(day=self.day)
        telling = Telling(folder, self.telling.site, self.telling.mornings)
        telling.dawn()
        return telling


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Start]]:
    """Yield a project that has never been refreshed, and one that has been once."""
    folder = tmp_path_factory.mktemp("starts")
    with DemoSite(authors=len(KEYS)) as site:
        told = Telling(folder / "told", site)
        starts = []
        for day in range(2):
            site.configure(day=day)
            before = Telling(folder / f"day-{day}", site, told.mornings)
            shutil.copytree(told.bench.folder, before.bench.folder, dirs_exist_ok=True)
            told.dawn()
            starts.append(Start(before, day, told.bench("refresh").code, told.tables()))
        yield starts


@pytest.fixture(params=["limit", "tmpfs"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Plan]]:
    """Yield a folder that may become full, and what fills it up: nothing for one where sizes are limited."""
    if request.param == "limit":
        yield tmp_path, {}
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(tmp_path)]
    if not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here: full disks are tried by a limit on sizes only")
    yield tmp_path, {"balloon": str(tmp_path / "balloon")}
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def bytes_of(file: Path) -> bytes | None:
    """Return what a file holds; None when it is not there."""
    return file.read_bytes() if file.exists() else None


@pytest.mark.parametrize("name", PHASES)
def test_a_disk_that_is_full_in_a_phase(starts: list[Start], disk: tuple[Path, Plan], name: str) -> None:
    """One line says what to do; readers see the old run whole; once there is room, the next refresh sets all right.

    One that comes before there is room fails likewise (a limit on sizes has ended with the process).
    """
    phase = PHASES[name]
    start = starts[not phase.is_first]
    folder, balloon = disk
    telling = start.copy_to(folder / "project")
    published = telling.bench.published
    ledger = Ledger(telling)
    ledger.audit()
    before = replace(ledger)
    old = bytes_of(published)

    done = telling.refresh(phase.plan() | balloon)

    assert done.code == 1
    *warnings, error = done.err.splitlines()
    assert re.fullmatch(
        f"scholar-etl: {phase.error}.*(No space left on device|File too large).*; make room .*", error
    ), error
    assert [bool(re.fullmatch(phase.warning or "", line)) for line in warnings] == [True] * bool(phase.warning)
    assert bytes_of(published) == old
    ledger.audit()
    assert phase_of(before, ledger, done.out) == phase.left
    assert telling.names() <= {*WHOLE, ".scholar.duckdb.writer.wal"}

    if balloon:
        again = telling.bench("refresh")
        assert (again.code, "; make room " in again.error) == (1, True)
        assert bytes_of(published) == old
        Path(balloon["balloon"]).unlink()
    assert telling.bench("refresh").code == start.code
    ledger.audit()
    assert ledger.published.captures == ledger.archived.keys()
    assert telling.names() == WHOLE
    assert telling.tables() == start.tables
