"""The archive is the truth: the warehouse can be made from it at any time, and compared with it."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from testbed import ADA, HISTORY, Bench, command, environment, strict_json

from scholar_etl import Metrics, Observation, Profile, Warehouse
from scholar_etl.demo.site import DemoSite
from scholar_etl.lock import ProjectLock
from scholar_etl.pipeline import refresh
from scholar_etl.sources import SOURCES

ALL_BUT_RUNS = (*HISTORY, "captures", "quarantine")
NO_DIFFERENCE = "the warehouse is what the archive says"


@pytest.fixture
def lived(bench: Bench, site: DemoSite) -> Bench:
    """Return a project with three days behind it: changes, a page not modified, one refused."""
    for day in range(3):
        site.configure(day=day, faults={ADA: "blocked"} if day == 1 else {})
        assert bench("refresh").code == (3 if day == 1 else 0)
    return bench


def segments(bench: Bench) -> list[Path]:
    """Return the files of the archive."""
    return sorted(bench.project.archive.rglob("*.warc.gz"))


def flip_a_byte(bench: Bench, offset: int) -> None:
    """Damage the archive's first file."""
    file = segments(bench)[0]
    content = bytearray(file.read_bytes())
    content[offset] ^= 1
    file.write_bytes(content)


def test_a_replay_changes_nothing(lived: Bench) -> None:
    """Checked, rebuilt and checked again: each view says what it said, and the replay stands among the runs."""
    before, runs = lived.tables(ALL_BUT_RUNS), lived.rows("from runs order by started_at")
    checked = lived("replay", "--check")
    assert (checked.code, checked.out) == (0, "")
    assert NO_DIFFERENCE in checked.error
    assert lived.rows("from runs order by started_at") == runs

    rebuilt = lived("replay")
    assert (rebuilt.code, rebuilt.out) == (0, "")
    assert rebuilt.error == "9 captures read, 8 of them accepted; warehouse published: nothing changed"
    assert lived.tables(ALL_BUT_RUNS) == before
    *earlier, added = lived.rows("from runs order by started_at")
    assert earlier == runs
    assert (added["kind"], added["status"], added["author_count"]) == ("replay", "complete", 3)
    assert lived("replay", "--check").code == 0
    assert lived("status", "--check").code == 0
    assert not list(lived.published.parent.glob("*replay*"))


def test_a_lost_warehouse_comes_back(lived: Bench) -> None:
    """Without any file of the warehouse, the archive alone gives every view; of the runs, what captures tell."""
    before = lived.tables(ALL_BUT_RUNS)
    runs = lived.rows("select run_id, capture_count, accepted_count, failed_count from runs order by started_at")
    for file in lived.published.parent.glob("*scholar.duckdb*"):
        file.unlink()
    missing = lived("replay", "--check")
    assert (missing.code, missing.error.startswith("scholar-etl: no warehouse at")) == (1, True)
    done = lived("replay")
    assert (done.code, done.out) == (0, "")
    assert lived.tables(ALL_BUT_RUNS) == before
    kinds = "from runs where kind = 'unknown' order by started_at"
    assert lived.rows(f"select run_id, capture_count, accepted_count, failed_count {kinds}") == runs
    assert lived("refresh").code == 0


def test_a_clock_set_back_changes_nothing(bench: Bench, site: DemoSite) -> None:
    """A page confirmed at a moment before it was fetched, as a clock tells that was set back, reads as it did then."""
    for day in (3, 1):
        moment = datetime(2026, 11, day, 12, tzinfo=UTC)
        assert refresh(bench.project, clock=lambda moment=moment: moment).accepted_count == 3
    assert {row["http_status"] for row in bench.rows("from captures where fetched_at < '2026-11-02'")} == {304}
    before = bench.tables(ALL_BUT_RUNS)
    assert bench("replay", "--check").code == 0
    assert bench("replay").code == 0
    assert bench.tables(ALL_BUT_RUNS) == before


def test_a_conditional_request_follows_a_replay(lived: Bench, site: DemoSite) -> None:
    """What a refresh must know of the pages before is rebuilt too: the next one asks for changes only."""
    assert lived("replay").code == 0
    site.forget_requests()
    assert lived("refresh").code == 0
    asked = [request for request in site.requests() if request["path"].startswith("/author/")]
    assert [request["status"] for request in asked] == [304, 304, 304]


def test_a_damaged_capture_is_passed_over_and_named(lived: Bench) -> None:
    """Exit 3 and the place of the damage; every other capture is there, and nothing is claimed of the lost one."""
    first = lived.rows("from captures order by warc_file, warc_offset")[0]
    flip_a_byte(lived, first["warc_offset"] + 200)
    checked = lived("replay", "--check", "--format", "json")
    assert checked.code == 1
    assert {row["view"] for row in strict_json(checked.out)} >= {"captures", "author_metrics"}

    before = {row["capture_id"] for row in lived.rows("from captures")}
    done = lived("replay")
    assert done.code == 3
    assert f"damaged, passed over: {first['warc_file']} at byte {first['warc_offset']}" in done.err
    assert {row["capture_id"] for row in lived.rows("from captures")} == before - {first["capture_id"]}
    assert lived.value("select status from runs where kind = 'replay'") == "partial"
    assert lived("status", "--check").code == 0
    assert lived("refresh").code == 0


def test_lost_files_stop_a_replay(lived: Bench, tmp_path: Path) -> None:
    """Captures that are simply gone may be a wrong path: nothing is given up without being told so."""
    file = segments(lived)[0]
    aside = file.rename(tmp_path / file.name)
    before = lived.published.read_bytes()
    refused = lived("replay")
    assert refused.code == 1
    assert "knows 9 captures that the archive" in refused.error
    assert refused.error.endswith("put the files back, or give them up with --accept-loss")
    assert lived.published.read_bytes() == before

    aside.rename(file)
    assert lived("replay").code == 0
    file.rename(aside)
    assert lived("replay", "--accept-loss").code == 0
    assert lived.value("select count(*) from captures") == 0


def test_a_newer_extractor_corrects_the_past(lived: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old captures read otherwise change history at their own dates, with the cause 'reparse', which stays."""
    site = SOURCES["scholarfeed"]

    def read(body: bytes, url: str | None, fetched_at: Any) -> Any:
        outcome, profile, problems = site.read(body, url, fetched_at)
        if profile is not None and profile.metrics.h_index is not None:
            profile = replace(profile, metrics=replace(profile.metrics, h_index=profile.metrics.h_index + 1))
        return outcome, profile, problems

    newer = replace(site, read=read, extractor_version=site.extractor_version + 1)
    monkeypatch.setitem(SOURCES, "scholarfeed", newer)
    dates = lived.rows("select distinct valid_from from author_metrics where metric = 'h_index' order by all")
    checked = lived("replay", "--check", "--format", "csv")
    assert checked.code == 1
    assert ",h_index," in checked.out
    assert lived.value("select max(extractor_version) from captures") == site.extractor_version

    for _ in range(2):  # what was read before the first replay is not forgotten by the second
        assert lived("replay").code == 0
        assert (
            lived.rows("select distinct valid_from from author_metrics where metric = 'h_index' order by all") == dates
        )
        changes = lived.rows("from metric_diff('2000-01-01', '2100-01-01') where metric = 'h_index'")
        assert {row["cause"] for row in changes} == {"reparse"}
        assert {row["cause"] for row in lived.rows("from metric_diff('2000-01-01', '2100-01-01')")} == {
            "reparse",
            "source",
        }
    assert lived("status", "--check").code == 0


def test_a_killed_replay_leaves_all_as_it_was(lived: Bench) -> None:
    """Killed while it builds, it has touched nothing, and the next one clears what it left."""
    before = lived.published.read_bytes()
    building = lived.published.parent / "..scholar.duckdb.replay.writer"
    with subprocess.Popen(
        command("--project", str(lived.folder), "replay"), stderr=subprocess.PIPE, env=environment()
    ) as process:
        for _ in count():
            if building.exists():
                break
            assert process.poll() is None, process.stderr and process.stderr.read()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lived.published.read_bytes() == before
    assert lived("replay").code == 0
    assert not list(lived.published.parent.glob("*replay*"))


def test_nobody_replays_under_a_run(lived: Bench) -> None:
    """While the project is held, a replay is refused in one line and names the holder."""
    with ProjectLock(lived.project.lock):
        for arguments in (["replay"], ["replay", "--check"]):
            refused = lived(*arguments)
            assert refused.code == 1
            assert "is locked by" in refused.error


def test_observations_without_captures_are_not_dropped_unasked(lived: Bench) -> None:
    """What Python loaded without a capture is in no archive: a replay says so and stops."""
    profile = Profile("Guest", None, Metrics(h_index=1, paper_count=0))
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    seen = Observation("s:1", moment, profile, "11111111-1111-1111-1111-111111111111", "run", 1, "s", "u")
    with Warehouse(lived.published) as warehouse:
        warehouse.load([seen])
    done = lived("replay")
    assert done.code == 1
    assert "knows 1 captures that the archive" in done.error
    assert lived.value("select count(*) from authors where author_id = 's:1'") == 1
