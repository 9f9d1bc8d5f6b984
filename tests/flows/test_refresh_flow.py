"""The Prefect flow over the same steps. It starts a server of its own, so one run proves as much as it can."""

from __future__ import annotations

from pathlib import Path

import pytest
from testbed import ADA, CAI, DEE, HISTORY, Bench, call, spawn

from scholar_etl.demo.site import DemoSite
from scholar_etl.lock import ProjectLock

MOMENTS = (
    *("first_seen_at", "last_seen_at", "last_changed_at", "last_confirmed_at", "valid_from", "valid_to"),
    *("capture_id", "fetched_at", "payload_digest", "warc_file", "warc_offset", "url"),
)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever would leave this machine fail at once, and take away what Prefect is told from outside."""
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    for name in ("PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.mark.usefixtures("offline")
def test_the_flow_does_what_the_command_does(bench: Bench, site: DemoSite, tmp_path: Path) -> None:
    """Over days and with a failing author: the same tables, the same summary and exit code 3, all inside the folder."""
    other = Bench(tmp_path / "via-prefect", site.url)
    for project in (bench, other):
        project.watch(ADA, CAI, DEE)
        site.configure(day=0, faults={})
        assert call("--project", str(project.folder), "refresh").code == 0
        site.configure(day=4, faults={DEE: "no_profile"})
        if project is bench:
            plain = project("refresh")
        else:
            home = tmp_path / "home"
            home.mkdir()
            flow = spawn("--project", str(project.folder), "refresh", "--via-prefect", HOME=str(home))
            assert list(home.iterdir()) == []
    assert plain.code == 3
    assert (flow.code, flow.out, flow.err) == (plain.code, plain.out, plain.err)
    assert other.tables(HISTORY, without=MOMENTS) == bench.tables(HISTORY, without=MOMENTS)
    outcomes = "select author_id, outcome, http_status from captures order by all"
    assert other.rows(outcomes) == bench.rows(outcomes)
    assert other.rows("select status, author_count, accepted_count from runs order by started_at") == [
        {"status": "complete", "author_count": 3, "accepted_count": 3},
        {"status": "partial", "author_count": 3, "accepted_count": 2},
    ]
    assert (other.folder / ".prefect").is_dir()


@pytest.mark.usefixtures("offline")
def test_a_locked_project_is_one_line_there_too(refreshed: Bench) -> None:
    """No noise of Prefect's, the same line and exit code as without it, and nothing published."""
    before = refreshed.published.read_bytes()
    with ProjectLock(refreshed.folder / ".scholar-etl.lock"):
        done = spawn("--project", str(refreshed.folder), "refresh", "--via-prefect")
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith(f"scholar-etl: {refreshed.folder}/.scholar-etl.lock is locked by process ")
    assert refreshed.published.read_bytes() == before
