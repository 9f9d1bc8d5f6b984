"""`scholar-etl serve` in a process of its own, offline, on the bundled site.

A run is made due as Prefect's UI does it: by giving a run that Prefect's scheduler has created an earlier time. Every
step waits for what serve says, for what the site hears or for what Prefect's server shows.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from receivers import Receiver
from testbed import ADA, BEN, CAI, DEE, Bench, command, environment, spawn, until

from scholar_etl.clock import utc_now
from scholar_etl.demo.site import DemoSite
from scholar_etl.lock import ProjectLock

GUARD_S = 180
"""Only a guard: nothing here is measured."""

EVA = DEE + 1


class Serving:
    """A running `serve`: its lines, and the Prefect server that it uses."""

    def __init__(self, bench: Bench, process: subprocess.Popen[str]) -> None:
        self.bench = bench
        self.process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        first = self.line("serving ")
        self.url = first.split("to be seen at ")[1].split(";")[0]
        assert "next refresh due 20" in first

    def line(self, beginning: str) -> str:
        """Wait for the next line that begins so."""
        seen: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=GUARD_S)
            except queue.Empty:
                raise AssertionError(f"no line {beginning!r} after {seen}") from None
            assert line is not None, f"it ended after {seen}"
            if line.startswith(beginning):
                return line
            seen.append(line)

    def runs(self, *names: str, flow: str = "refresh") -> list[dict[str, Any]]:
        """Return the flow's runs that Prefect's server has in states of these names, by when they are due."""
        body = {
            "flows": {"name": {"any_": [f"scholar-etl {flow}"]}},
            "flow_runs": {"state": {"name": {"any_": list(names)}}},
            "deployments": {"name": {"like_": self.bench.folder.name}},
            "sort": "NEXT_SCHEDULED_START_TIME_ASC",
        }
        answer = httpx.post(f"{self.url}/api/flow_runs/filter", json=body, timeout=GUARD_S)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def artifact(self, key: str) -> Any:
        """Return what the newest artifact of that key holds."""
        answer = httpx.get(f"{self.url}/api/artifacts/{key}/latest", timeout=GUARD_S)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        return json.loads(data) if isinstance(data, str) else data

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Return the events of these names that Prefect's server has, oldest first."""
        body = {"filter": {"event": {"name": names}, "order": "ASC"}, "limit": 50}
        answer = httpx.post(f"{self.url}/api/events/filter", json=body, timeout=GUARD_S)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["events"]
        return found

    def set_state(self, run: dict[str, Any], **state: Any) -> None:
        """Give a run another state."""
        body = {"state": state, "force": True}
        answer = httpx.post(f"{self.url}/api/flow_runs/{run['id']}/set_state", json=body, timeout=GUARD_S)
        assert answer.status_code in (200, 201), answer.text

    def make_due(self, count: int = 1, flow: str = "refresh") -> list[str]:
        """Make the next runs of the schedule due now, and the hours before now; return their ids."""
        planned = [run for run in self.runs("Scheduled", flow=flow) if run["auto_scheduled"]][:count]
        assert len(planned) == count
        for hours, run in enumerate(reversed(planned)):
            moment = (utc_now() - timedelta(hours=hours)).isoformat()
            self.set_state(run, type="SCHEDULED", state_details={"scheduled_time": moment})
        return [run["id"] for run in planned]

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(GUARD_S)

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let whatever would leave this machine fail at once; nothing may be written into the home folder."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    yield
    assert list(home.iterdir()) == []


@contextmanager
def serving(bench: Bench, **variables: str) -> Iterator[Serving]:
    """Start `serve` on a project folder; what is left of it at the end is killed.

    The schedule's moments are twelve hours from now, so that none comes while a test runs.
    """
    cron = f"0 {(utc_now().hour + 12) % 24} * * *"
    process = subprocess.Popen(
        command("--project", str(bench.folder), "serve"),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(SCHOLAR_ETL_SCHEDULE__CRON=cron, **variables),
    )
    try:
        yield Serving(bench, process)
    finally:
        process.kill()
        process.wait()


def hang_at(site: DemoSite, key: int) -> None:
    """Let the site take requests for an author and say nothing."""
    site.configure(faults={key: "silent"})
    site.forget_requests()


def has_asked(site: DemoSite, key: int) -> Callable[[], bool]:
    """Return whether the site has heard a request for an author."""
    return lambda: f"/author/{key}" in [request["path"] for request in site.requests()]


def statuses(bench: Bench) -> list[str]:
    """Return how the warehouse's runs ended, oldest first."""
    return [row["status"] for row in bench.rows("select status from runs order by started_at")]


def refreshed_keys(bench: Bench) -> list[int]:
    """Return the authors that the warehouse knows."""
    return [int(row["author_id"].split(":")[1]) for row in bench.rows("select author_id from authors order by all")]


@pytest.mark.usefixtures("offline")
def test_served_stopped_and_served_again(bench: Bench, site: DemoSite, tmp_path: Path) -> None:
    """What is due is refreshed by itself, never twice at once; a stop in mid-run harms nothing, and serving goes on."""
    bench.set("timeout_s = 20", "timeout_s = 600")
    bench.watch(ADA, BEN)
    with serving(bench) as served:
        # Nobody was ever asked for: the schedule's last moment was missed.
        assert served.line("refresh: ").startswith("refresh: Completed, 2 of 2 authors refreshed (")
        assert refreshed_keys(bench) == [ADA, BEN]
        settings = httpx.get(f"{served.url}/api/admin/settings", timeout=GUARD_S).json()
        assert set(settings["server"]["services"]["db_vacuum"]["enabled"]) == {"events", "flow_runs"}

        bench.watch(ADA, BEN, CAI, DEE)
        hang_at(site, DEE)
        (due,) = served.make_due()
        until(has_asked(site, DEE))
        assert [run["id"] for run in served.runs("Running")] == [due]
        by_hand = bench("refresh")
        assert (by_hand.code, by_hand.out) == (1, "")
        assert by_hand.error.startswith(f"scholar-etl: {bench.folder}/.scholar-etl.lock is locked by process ")
        twice = spawn("--project", str(bench.folder), "serve")
        assert twice.code == 1
        assert twice.error.startswith(f"scholar-etl: {bench.folder}/.prefect/serve.lock is locked by process ")

        assert served.end(signal.SIGTERM) == 0
        assert served.line("refresh: ").startswith("refresh: Interrupted, 1 of 2 authors refreshed (interrupted) (")
        assert statuses(bench) == ["complete", "interrupted"]
        assert refreshed_keys(bench) == [ADA, BEN, CAI]

    site.configure(faults={})
    with serving(bench) as served:
        # The one that it had not come to is asked for at once.
        assert served.line("refresh: ").startswith("refresh: Completed, 1 of 1 authors refreshed (")
        assert refreshed_keys(bench) == [ADA, BEN, CAI, DEE]
        assert served.runs("Running", "Pending", "Late") == []

        bench.watch(ADA, BEN, CAI, DEE, EVA)
        with ProjectLock(bench.folder / ".scholar-etl.lock"):
            served.make_due()
            skipped = served.line("refresh: Skipped, ")
        assert f"is locked by process {os.getpid()} (" in skipped
        served.make_due()
        assert served.line("refresh: ").startswith("refresh: Completed, 1 of 1 authors refreshed (")
        assert refreshed_keys(bench) == [ADA, BEN, CAI, DEE, EVA]

        # Another folder on the same server; a run that is cancelled there ends at its next author.
        other = Bench(tmp_path / "other", site.url, keys=(ADA, BEN))
        other.set("timeout_s = 20", "timeout_s = 600")
        hang_at(site, BEN)
        with serving(other, PREFECT_API_URL=f"{served.url}/api") as guest:
            assert guest.url == served.url
            until(has_asked(site, BEN))
            (run,) = guest.runs("Running")
            guest.set_state(run, type="CANCELLING", name="Cancelling")
            assert guest.line("refresh: ").startswith("refresh: Interrupted, 1 of 2 authors refreshed (interrupted) (")
            assert guest.end(signal.SIGINT) == 0
        assert statuses(other) == ["interrupted"]
        assert served.runs("Running", "Pending", "Late") == []


@pytest.mark.usefixtures("offline")
def test_killed_and_served_again(bench: Bench, site: DemoSite) -> None:
    """After SIGKILL in mid-run nothing is left that runs or seems to, and three missed runs are made up for by one."""
    bench.set("timeout_s = 20", "timeout_s = 600")
    bench.set("[fetch]", '[schedule]\nalarm_after = "1s"\n[fetch]')
    hang_at(site, BEN)
    with serving(bench) as served:
        until(has_asked(site, BEN))
        assert "no refresh has succeeded for 1s: there never was one" in served.line("no refresh")
        (stuck,) = served.runs("Running")
        missed = served.make_due(3)
        assert served.end(signal.SIGKILL) == -signal.SIGKILL
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.url}/api/health")
    site.configure(faults={})
    with serving(bench) as served:
        assert served.line("refresh: ").startswith("refresh: Completed, 2 of 2 authors refreshed (")
        assert [run["id"] for run in served.runs("Crashed")] == [stuck["id"]]
        assert sorted(run["id"] for run in served.runs("Skipped", "Completed")) == sorted(missed)
        assert [run["id"] for run in served.runs("Completed")] == missed[-1:]
        assert served.runs("Running", "Pending", "Late") == []
        assert statuses(bench) == ["abandoned", "complete"]
        assert refreshed_keys(bench) == [ADA, BEN, CAI]

        bench.watch(ADA, BEN, CAI, DEE, EVA)
        site.configure(faults={EVA: "not_found"})
        served.make_due()
        assert served.line("refresh: ").startswith("refresh: Partial, 1 of 2 authors refreshed, 1 not (")
        assert refreshed_keys(bench) == [ADA, BEN, CAI, DEE]
        assert served.artifact("refresh-progress") == 100
        (failure,) = served.artifact("refresh-failures")
        assert (failure["author_id"], failure["outcome"]) == (f"scholarfeed:{EVA}", "not_found")
        changes = served.artifact("refresh-changes")
        assert {row["author_id"] for row in changes} == {f"scholarfeed:{DEE}"}
        assert {"h-index", "citations"} <= {row["what"] for row in changes}

        served.make_due(flow="archive verify")
        assert " captures in 1 files, no damage (" in served.line("archive verify: Completed, ")
        served.make_due(flow="archive compact")
        assert served.line("archive compact: Completed, ").startswith("archive compact: Completed, 0 months packed (")
        assert served.end(signal.SIGINT) == 0


_ALERTS = """
[alerts]
channels = ["{address}"]
[[alerts.rule]]
on = "no_refresh"
after = "1s"
[[alerts.rule]]
on = "metric"
"""


@pytest.mark.usefixtures("offline")
def test_changes_and_silence_are_told(bench: Bench, site: DemoSite) -> None:
    """Silence while a run hangs, and what changed: to the channel, each once, and to Prefect as events."""
    bench.watch(ADA)
    bench.set("timeout_s = 20", "timeout_s = 5")
    hang_at(site, ADA)
    with Receiver("hook") as hook:
        with (bench.folder / "scholar-etl.toml").open("a") as file:
            file.write(_ALERTS.format(address=hook.address))
        with serving(bench) as served:
            until(hook.told)
            assert hook.told()[0]["subject"].startswith("no refresh has succeeded for 1s: there never was one")
            site.configure(faults={})
            assert served.line("refresh: ").startswith("refresh: Completed, 1 of 1 authors refreshed (")
            assert served.events("scholar_etl.metric.changed") == []

            site.configure(metrics={ADA: {"h_index": 26, "novelty_pct": 60}})
            done = spawn(
                *("--project", str(bench.folder), "refresh", "--via-prefect"), PREFECT_API_URL=f"{served.url}/api"
            )
            assert (done.code, done.err.splitlines()[0]) == (0, "1 of 1 authors refreshed")
            until(lambda: len(served.events("scholar_etl.metric.changed")) == 2)
            events = {event["payload"]["metric"]: event for event in served.events("scholar_etl.metric.changed")}
            event = events["h_index"]
            assert event["resource"] == {
                "prefect.resource.id": f"scholar-etl.author.scholarfeed:{ADA}",
                "prefect.resource.name": "Yichong Leng",
                "scholar-etl.metric": "h_index",
                "scholar-etl.direction": "down",
                "scholar-etl.cause": "source",
            }
            (moment,) = bench.rows("select valid_from from author_metrics where metric = 'h_index' and is_current")
            assert event["payload"] == {
                "author_id": f"scholarfeed:{ADA}",
                "metric": "h_index",
                "cause": "source",
                "old": 27,
                "new": 26,
                "delta": -1,
                "pct_change": pytest.approx(-100 / 27),
                "changed_at": f"{moment['valid_from'].isoformat()}+00:00",
            }
            assert events["novelty_pct"]["resource"]["scholar-etl.direction"] == "up"
            assert served.events("scholar_etl.metric.left_out") == []
        told = hook.told()
        assert len([message for message in told if "from 27 to 26" in message["text"]]) == 1
        assert len({message["id"] for message in told}) == len(told)


@pytest.mark.usefixtures("offline")
def test_a_report_follows_each_refresh(bench: Bench, site: DemoSite) -> None:
    """It shows what the refresh took in; where it cannot be made the refresh is what it was, and the log says why."""
    bench.watch(ADA, BEN)
    front = bench.folder / "site" / "index.html"
    with serving(bench, SCHOLAR_ETL_REPORT__FOLDER="site") as served:
        assert served.line("refresh: ").startswith("refresh: Completed, 2 of 2 authors refreshed (")
        assert "2 authors" in front.read_text()
        (front.parent / "manifest.json").unlink()
        bench.watch(ADA, BEN, CAI)
        served.make_due()
        assert served.line("20").endswith(
            f"no report was made: {front.parent} is not empty, and no report: name another folder"
        )
        assert served.line("refresh: ").startswith("refresh: Completed, 1 of 1 authors refreshed (")
        assert "2 authors" in front.read_text()
        assert served.end(signal.SIGTERM) == 0
    assert refreshed_keys(bench) == [ADA, BEN, CAI]
