"""Months that have passed are packed, and nothing else changes: not the history, not what can be read of it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from testbed import ADA, BEN, HISTORY, Bench, environment, strict_json
from warcio.checker import Checker

from scholar_etl.archive import Archive
from scholar_etl.archive.packing import SCHEMA
from scholar_etl.demo.site import DemoSite
from scholar_etl.pipeline import pack, refresh

SEPTEMBER, OCTOBER = "2026/scholar-etl-202609.parquet", "2026/scholar-etl-202610.parquet"
NOW = datetime(2026, 11, 5, 5, tzinfo=UTC)


@pytest.fixture
def lived(bench: Bench, site: DemoSite, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a project with days in September, October and November behind it, of every kind; it is November now."""
    moments = [datetime(2026, 9, 29, 5, tzinfo=UTC) + timedelta(days=n) for n in range(4)]
    for day, moment in enumerate([*moments, NOW]):
        faults = {1: {ADA: "captcha"}, 2: {ADA: "gzip_bomb", BEN: "reset"}, 3: {ADA: "not_found"}}.get(day, {})
        site.configure(day=day, today=moment.date(), faults=faults)
        refresh(bench.project, clock=lambda moment=moment: moment)
    monkeypatch.setattr(pack.pack_archive, "__kwdefaults__", {**pack.pack_archive.__kwdefaults__, "clock": lambda: NOW})
    return bench


def files(bench: Bench) -> list[str]:
    """Return the names of all files in the archive."""
    return sorted(file.name for file in bench.project.archive.rglob("*") if file.is_file())


def views(bench: Bench) -> dict[str, list[str]]:
    """Return all that the warehouse says but for the places in the archive."""
    return bench.tables((*HISTORY, "captures", "quarantine", "runs"), without=("warc_file", "warc_offset"))


def assert_sound(bench: Bench) -> None:
    """The archive is whole, the warehouse is what it says, and its own checks pass."""
    for check in (["archive", "verify"], ["replay", "--check"], ["status", "--check"]):
        done = bench(*check)
        assert done.code == 0, (check, done.out, done.err)


def test_passed_months_are_packed_and_nothing_else_changes(lived: Bench) -> None:
    """One file a month, the segments gone, the present month left; every view says what it said."""
    before = views(lived)
    done = lived("archive", "compact")
    assert done.code == 0, done.err
    first, second = done.err.splitlines()
    assert first.startswith(f"{SEPTEMBER}: 6 captures, ")
    assert second.startswith(f"{OCTOBER}: 6 captures, ")
    assert files(lived) == ["scholar-etl-202609.parquet", "scholar-etl-202610.parquet", "scholar-etl-20261105.warc.gz"]
    assert views(lived) == before
    assert_sound(lived)
    rows = strict_json(lived("archive", "list", "--format", "json").out)
    assert {row["warc_file"] for row in rows} == {SEPTEMBER, OCTOBER, "2026/scholar-etl-20261105.warc.gz"}
    for row in rows:
        capture, _ = Archive(lived.project.archive).read(row["warc_file"], row["warc_offset"])
        assert capture.capture_id == row["capture_id"]
    again = lived("archive", "compact")
    assert (again.code, again.error) == (0, "nothing to compact: every month that has passed is packed")


def test_a_packed_month_is_plain_parquet(lived: Bench) -> None:
    """DuckDB reads it, a row a capture; an author's captures lie side by side, in time."""
    assert lived("archive", "compact").code == 0
    rows = duckdb.sql(f"from '{lived.project.archive / SEPTEMBER}'")
    assert rows.columns == SCHEMA.names
    places = rows.select("author_id, fetched_at").fetchall()
    assert places == sorted(places)
    bodies = rows.filter("is_decoded and http_status = 200").select("body").fetchall()
    assert all(b"<html" in body for (body,) in bodies)


def test_a_refresh_goes_on_from_a_packed_page(lived: Bench, site: DemoSite) -> None:
    """What is asked conditionally, and what a 304 confirms, may lie in a packed month."""
    (segment,) = lived.project.archive.glob("2026/scholar-etl-20261105.warc.gz")
    lived.rows("from authors")
    for moment in (NOW + timedelta(days=30), NOW + timedelta(days=31)):
        packed = pack.pack_archive(lived.project, clock=lambda moment=moment: moment)
        assert packed.problems == []
        site.forget_requests()
        report = refresh(lived.project, clock=lambda moment=moment: moment)
        assert report.accepted_count == 3
    assert not segment.exists()
    statuses = [request["status"] for request in site.requests() if request["path"].startswith("/author/")]
    assert statuses == [304, 304, 304]
    assert_sound(lived)


def test_a_damaged_month_is_left_as_it_is(lived: Bench) -> None:
    """Exit 3 and the place of the damage; the other month is packed."""
    (segment, *_) = sorted(lived.project.archive.glob("2026/scholar-etl-202609*.warc.gz"))
    whole = segment.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    segment.write_bytes(damaged)
    done = lived("archive", "compact")
    assert done.code == 3
    assert done.err.splitlines()[0].startswith(f"{SEPTEMBER} was not made: 2026/{segment.name} at byte ")
    assert segment.read_bytes() == damaged
    assert (lived.project.archive / OCTOBER).exists()
    segment.write_bytes(whole)
    assert_sound(lived)


def content(bench: Bench) -> list[tuple[Any, ...]]:
    """Return every capture that can be read whole, and its body."""
    captures = Archive(bench.project.archive).scan(on_damage=lambda _: None)
    return [(capture, response.body) for capture, response in captures]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_byte_of_a_packed_month_is_flipped_is_found(lived: Bench, seed: int) -> None:
    """Either the damage is told, by file and row, or every capture still reads as it did."""
    assert lived("archive", "compact").code == 0
    file, chance = lived.project.archive / SEPTEMBER, random.Random(seed)  # noqa: S311
    whole, before = file.read_bytes(), content(lived)
    for part in (0.0, 0.0, 0.5, 0.9, 0.9, 0.99):  # the footer is small
        position = chance.randrange(int(part * len(whole)), len(whole))
        damaged = bytearray(whole)
        damaged[position] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        done = lived("archive", "verify", "--format", "json")
        damages = strict_json(done.out)
        if damages:
            assert (done.code, damages[0]["file"]) == (1, SEPTEMBER)
        else:
            assert content(lived) == before, position


def test_damage_in_a_packed_month_loses_nothing_else(lived: Bench) -> None:
    """A replay passes over the damaged rows, and names them; every capture of other files is there."""
    assert lived("archive", "compact").code == 0
    file = lived.project.archive / SEPTEMBER
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    file.write_bytes(damaged)
    others = [row for row in lived.rows("from captures") if row["warc_file"] != SEPTEMBER]
    replayed = lived("replay")
    assert replayed.code == 3, replayed.err
    assert f"damaged, passed over: {SEPTEMBER} at row " in replayed.err
    assert {row["capture_id"] for row in others} <= {row["capture_id"] for row in lived.rows("from captures")}
    assert lived("refresh").code == 0


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from importlib import import_module
from scholar_etl.cli import main
from scholar_etl.pipeline import pack_archive
pack_archive.__kwdefaults__["clock"] = lambda: datetime(2026, 11, 5, tzinfo=UTC)
module, _, name = sys.argv[1].rpartition(":")
owner = import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
setattr(owner, last, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
sys.argv[1:2] = []
main()
"""


@pytest.mark.parametrize(
    "where",
    [
        "scholar_etl.archive.compacting:_compare",
        "scholar_etl.store.writer:Warehouse.move_captures",
        "scholar_etl.store.writer:Warehouse.publish",
        "scholar_etl.pipeline.pack:drop_packed",
    ],
)
def test_killed_at_any_step_nothing_is_lost(lived: Bench, where: str) -> None:
    """Killed by SIGKILL, no capture is read twice or missed; called again, it goes on to the end."""
    before = views(lived)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, where, "--project", str(lived.folder), "archive", "compact"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(files(lived)) > 3
    assert lived("archive", "verify").code == 0
    assert len(list(Archive(lived.project.archive).scan())) == 15
    assert views(lived) == before
    assert lived("archive", "compact").code == 0
    assert files(lived) == ["scholar-etl-202609.parquet", "scholar-etl-202610.parquet", "scholar-etl-20261105.warc.gz"]
    assert views(lived) == before
    assert_sound(lived)


def test_what_would_be_lost_stops_it(lived: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed file that does not say the same of every capture never takes the segments' place."""
    from scholar_etl.archive import packing

    to_row: Callable[..., dict[str, Any]] = packing._to_row
    monkeypatch.setattr(packing, "_to_row", lambda *captured: {**to_row(*captured), "headers": ""})
    before = files(lived)
    done = lived("archive", "compact")
    assert done.code == 3
    assert "packing would lose a part of capture" in done.err
    assert files(lived) == before


def test_late_captures_of_a_packed_month_join_it(lived: Bench, tmp_path: Path) -> None:
    """What is imported into a packed month lies beside it, until the next compaction."""
    from test_archive_import import Page, write_warc

    assert lived("archive", "compact").code == 0
    late = Page(url=f"https://www.scholarfeed.org/author/{ADA}", at=datetime(2026, 9, 3, 12, tzinfo=UTC))
    assert lived("archive", "import", str(write_warc(tmp_path / "late.warc.gz", [late]))).code == 0
    assert_sound(lived)
    before = views(lived)
    done = lived("archive", "compact")
    assert done.error.startswith(f"{SEPTEMBER}: 7 captures, ")
    assert views(lived) == before
    assert "scholar-etl-20260903.warc.gz" not in files(lived)
    assert_sound(lived)


def test_a_packed_archive_becomes_warc_files_again(
    lived: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exported, each record is as its digest says, and a replay of it gives the same history."""
    before = lived.tables(HISTORY)
    assert lived("archive", "compact").code == 0
    target = tmp_path / "warc"
    done = lived("archive", "export", str(target))
    assert (done.code, done.error) == (0, f"15 captures written to {target}")
    exported = sorted(target.rglob("*.warc.gz"))
    assert len(exported) == 5

    import argparse

    checker = Checker(argparse.Namespace(inputs=[str(file) for file in exported], verbose=True))
    assert checker.process_all() == 0
    capsys.readouterr()

    lived.project.archive.rename(tmp_path / "aside")
    target.rename(lived.project.archive)
    assert lived("replay").code == 0
    assert lived.tables(HISTORY) == before
    in_use = lived("archive", "export", str(lived.folder))
    assert (in_use.code, "is in use" in in_use.error) == (2, True)
