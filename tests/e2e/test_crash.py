"""A refresh that is killed or interrupted loses nothing that was archived."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest
from testbed import ADA, BEN, CAI, Bench, command, environment

from scholar_etl.demo.site import DemoSite
from scholar_etl.pipeline import Refresh
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse, writer

STUCK = f"/author/{CAI}"


@contextmanager
def refresh_stuck_at_the_third(bench: Bench, site: DemoSite) -> Iterator[subprocess.Popen[bytes]]:
    """Run a refresh as a process until it waits for a body that never comes, two pages being archived."""
    site.configure(faults={CAI: "slow"})
    site.forget_requests()
    bench.set("timeout_s = 20", "timeout_s = 120")  # on a busy machine it must not give up before it is stopped
    with subprocess.Popen(
        command("--project", str(bench.folder), "refresh"), stderr=subprocess.PIPE, env=environment()
    ) as process:
        try:
            for _ in count():
                if any(request["path"] == STUCK for request in site.requests()):
                    break
                assert process.poll() is None, process.stderr and process.stderr.read()
            yield process
        finally:
            process.kill()
    site.configure(faults={})


def test_what_a_killed_refresh_archived_is_taken_in(bench: Bench, site: DemoSite) -> None:
    """The next refresh loads the dead one's captures at their own moments, and its run is abandoned."""
    with refresh_stuck_at_the_third(bench, site) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not bench.published.exists()

    done = bench("--log-level", "info", "refresh", "1003")
    assert done.code == 0
    assert "took in 2 captures that an earlier run had archived and not loaded" in done.err
    killed, second = bench.rows("from runs order by started_at")
    assert (killed["status"], killed["finished_at"], second["status"]) == ("abandoned", None, "complete")
    captures = bench.rows("from captures order by fetched_at")
    assert [row["author_id"] for row in captures] == [f"scholarfeed:{key}" for key in (ADA, BEN, CAI)]
    assert all(killed["started_at"] < row["fetched_at"] < second["started_at"] for row in captures[:2])
    seen = {row["author_id"]: row["first_seen_at"] for row in bench.rows("from authors")}
    assert seen == {row["author_id"]: row["fetched_at"] for row in captures}
    assert bench("status", "--check").code == 0

    before = bench.tables(("captures", "author_metrics", "papers"))
    again = bench("--log-level", "info", "refresh", "1003")
    assert "took in" not in again.err
    assert [row for row in bench.tables(("captures",))["captures"] if row in before["captures"]] == before["captures"]


def test_a_killed_refresh_leaves_the_published_file_as_it_was(refreshed: Bench, site: DemoSite) -> None:
    """Readers go on seeing the last whole run, and the next refresh publishes all."""
    before = refreshed.published.read_bytes()
    site.configure(day=1)
    with refresh_stuck_at_the_third(refreshed, site) as process:
        assert refreshed("diff").code == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert refreshed.published.read_bytes() == before
    assert refreshed("refresh").code == 0
    assert refreshed.value("select count(*) from captures") == 3 + 2 + 3
    assert refreshed.rows("select status from runs order by started_at") == [
        {"status": status} for status in ("complete", "abandoned", "complete")
    ]


def test_an_interrupted_refresh_keeps_what_it_has(bench: Bench, site: DemoSite) -> None:
    """It ends at once and in one line, the pages it had are published, and the run says that it was interrupted."""
    with refresh_stuck_at_the_third(bench, site) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.decode().splitlines() == ["2 of 3 authors refreshed (interrupted)", "scholar-etl: interrupted"]
    assert [row["author_id"] for row in bench.rows("from authors order by author_id")] == [
        f"scholarfeed:{ADA}",
        f"scholarfeed:{BEN}",
    ]
    (run,) = bench.rows("from runs")
    assert (run["status"], run["author_count"], run["accepted_count"]) == ("interrupted", 3, 2)
    assert run["finished_at"] is not None
    assert bench.value("select page_count from field_yield where field = 'h_index'") == 2
    assert bench("refresh").code == 0
    assert bench.value("select count(*) from authors") == 3


@pytest.mark.parametrize(("step", "time"), [("_checkpoint", 1), ("_disconnect", 1), ("_open", 2)])
def test_an_interruption_between_two_loads(bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, time: int) -> None:
    """Ctrl-C as the writer's file is closed, or opened again, ends a refresh as at any other moment."""
    module = sys.modules[Refresh.__module__]
    monkeypatch.setattr(module, "BATCH_SIZE", 1)
    monkeypatch.setattr(module, "_PAGES_A_LOAD", 1)
    monkeypatch.setattr(writer, "_PAGES_A_CONNECTION", 1)
    take, times = getattr(Warehouse, step), count(1)

    def interrupted(warehouse: Warehouse) -> object:
        if next(times) == time:
            signal.raise_signal(signal.SIGINT)
        return take(warehouse)

    monkeypatch.setattr(Warehouse, step, interrupted)
    done = bench("refresh")
    assert done.code == 130
    assert done.err.splitlines() == ["1 of 3 authors refreshed (interrupted)", "scholar-etl: interrupted"]
    (run,) = bench.rows("from runs")
    assert (run["status"], run["accepted_count"]) == ("interrupted", 1)
    assert bench.value("select count(*) from captures") == 1
    assert bench("refresh").code == 0
    assert bench.value("select count(*) from authors") == 3


def test_what_waits_to_be_loaded_is_not_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of several batches are loaded together; leaving the run loads the rest, and after an error the next run."""
    module = sys.modules[Refresh.__module__]
    monkeypatch.setattr(module, "BATCH_SIZE", 1)
    monkeypatch.setattr(module, "_PAGES_A_LOAD", 2)
    with suppress(ZeroDivisionError), Refresh(Project.open(bench.folder)) as run:
        for batch in run.batches():
            run.process(batch)
        raise ZeroDivisionError
    assert not bench.published.exists()
    done = bench("--log-level", "info", "refresh", str(ADA))
    assert "took in 1 captures that an earlier run had archived and not loaded" in done.err
    assert bench.value("select count(*) from captures") == 3 + 1
    assert bench("status", "--check").code == 0
