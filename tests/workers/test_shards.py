"""What workers do with a shard, and what the loader makes of it, without Prefect between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from testbed import ADA, BEN, CAI, DEE, HISTORY, Bench

from scholar_etl.archive.shared import SharedArchive
from scholar_etl.demo.site import DemoSite
from scholar_etl.errors import ConfigError
from scholar_etl.model import Original, Request
from scholar_etl.pipeline import Refresh, RunReport, Shard, fetch_shard, refresh
from scholar_etl.pipeline.shards import Assignment, split
from scholar_etl.settings import FetchSettings

MOMENTS = (
    *("first_seen_at", "last_seen_at", "last_changed_at", "last_confirmed_at", "valid_from", "valid_to"),
    *("capture_id", "fetched_at", "warc_file", "warc_offset"),
)


class OpenGate:
    """A gate for one machine: its own pace is enough."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    async def turn(self, host: str) -> None:
        """Let everybody through."""
        self.hosts.append(host)

    async def slow_down(self, host: str, delay_s: float) -> None:
        """Let it be."""


@pytest.fixture
def shared(site: DemoSite, tmp_path: Path) -> Bench:
    """Return a project whose pages are fetched in shards of two, into a shared archive."""
    bench = Bench(tmp_path / "shared", site.url, (ADA, BEN, CAI, DEE))
    bench.set("[fetch]", f'[workers]\nshard_size = 2\n[paths]\narchive = "file://{tmp_path}/bucket"\n[fetch]')
    return bench


def fetch_all(shared: Bench, lost: Sequence[int] = (), twice: Sequence[int] = (), **options: Any) -> RunReport:
    """Refresh as the flows do: `lost` shards are fetched by a worker that is killed at once, `twice` by two."""
    with Refresh(shared.project, **options) as run:
        for number, shard in enumerate(run.shards()):
            told = TypeAdapter(Shard).validate_python(TypeAdapter(Shard).dump_python(shard, mode="json"))
            assert told == shard
            if number in lost:
                told = told.again(run.take_in(told))
            for _ in range(2 if number in twice else 1):
                fetch_shard(told, gate=OpenGate())
            run.defer((given.request.author_id for given in run.take_in(told)), "deferred")
        return run.report


def test_shards_give_what_one_machine_gives(bench: Bench, shared: Bench, site: DemoSite) -> None:
    """Over days, with an author who is refused, pages that repeat, a lost shard and one that is fetched twice."""
    bench.watch(ADA, BEN, CAI, DEE)
    for day, faults in ((0, {}), (4, {DEE: "no_profile"}), (9, {})):
        site.configure(day=day, faults=faults)
        alone = refresh(bench.project)
        together = fetch_all(shared, lost=[day % 2], twice=[1 - day % 2])
        assert together.summary == alone.summary
        assert {(r.author.author_id, r.outcome, r.reason) for r in together.failures} == {
            (r.author.author_id, r.outcome, r.reason) for r in alone.failures
        }
    assert shared.tables(HISTORY, without=MOMENTS) == bench.tables(HISTORY, without=MOMENTS)
    captures = "select distinct author_id, http_status, outcome, payload_digest from captures order by all"
    assert shared.rows(captures) == bench.rows(captures)
    assert shared.value("select count(*) from captures where http_status = 304") > 0
    runs = "select kind, status, author_count from runs order by started_at"
    assert shared.rows(runs) == bench.rows(runs)
    assert shared("replay", "--check").code == 0
    assert shared("status", "--check").code == 0


def test_what_comes_after_its_run_is_taken_in_by_the_next(shared: Bench) -> None:
    """The loader is killed, and a worker goes on: the next refresh has its pages in history."""
    with pytest.raises(RuntimeError, match="killed"), Refresh(shared.project) as run:  # noqa: PT012
        first, second = run.shards()
        fetch_shard(first, gate=OpenGate())
        raise RuntimeError("killed")
    fetch_shard(second, gate=OpenGate())
    assert shared("refresh", str(ADA)).code == 0
    assert shared.value("select count(*) from authors") == 4
    assert shared("replay", "--check").code == 0


def test_what_an_ended_worker_has_fetched_goes_up(shared: Bench, site: DemoSite) -> None:
    """Ended from outside in the middle of a shard, it loses nothing."""
    done: list[int] = []

    def stop(count: int) -> None:
        done.append(count)
        if count == 2:
            raise KeyboardInterrupt

    with Refresh(shared.project) as run:
        shard, _ = run.shards()
        with pytest.raises(KeyboardInterrupt):
            fetch_shard(shard, gate=OpenGate(), on_fetched=stop)
        rest = run.take_in(shard)
        assert [given.request.author_id for given in rest] == [f"scholarfeed:{BEN}"]
        assert run.report.accepted_count == 1
    assert done == [1, 2]
    assert site.requests()[-1]["path"] == f"/author/{BEN}"


def test_every_request_waits_for_a_turn(shared: Bench) -> None:
    """The gate hears of each request, robots.txt included."""
    gate = OpenGate()
    with Refresh(shared.project) as run:
        fetch_shard(next(run.shards()), gate=gate)
    assert gate.hosts == ["127.0.0.1"] * 3


def test_a_budget_is_shared_out(shared: Bench) -> None:
    """Shards get their parts of it, stalest first; whom it leaves out is deferred with the reason."""
    shared.set("timeout_s", "requests_per_run = 3\ntimeout_s")
    with Refresh(shared.project) as run:
        shards = list(run.shards())
        assert [shard.fetch.requests_per_run for shard in shards] == [2, 1]
        assert [result.author.author_id for result in run.report.deferred] == [f"scholarfeed:{DEE}"]
        assert run.report.deferred[0].reason == "the run's 3 requests are made (fetch.requests_per_run)"
        # robots.txt takes one of the two.
        assert [d.request.author_id for d in fetch_shard(shards[0], gate=OpenGate())] == [f"scholarfeed:{BEN}"]


def test_a_worker_that_is_shown_the_door_goes(shared: Bench, site: DemoSite) -> None:
    """After three refusals in a row a worker asks for nothing more, and says why."""
    site.configure(faults={"*": "captcha"})
    shared.set("shard_size = 2", "shard_size = 10")
    with Refresh(shared.project) as run:
        (shard,) = run.shards()
        (deferred,) = fetch_shard(shard, gate=OpenGate())
        assert deferred.request.author_id == f"scholarfeed:{DEE}"
        assert deferred.reason == "scholarfeed refused 3 pages in a row"
        assert len(run.take_in(shard)) == 1
        assert [result.outcome for result in run.report.failures] == ["blocked"] * 3


def test_shards_need_a_shared_archive(bench: Bench) -> None:
    """Workers cannot reach a folder of this machine: the setting is refused, and named."""
    bench.set("[fetch]", "[workers]\nshard_size = 2\n[fetch]")
    with pytest.raises(ConfigError, match=r"paths\.archive must be an address"), Refresh(bench.project) as run:
        run.shards()


def test_a_segment_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that is cut off leaves nothing under the segment's name."""
    name = "2026/scholar-etl-20261126_x.warc.gz"
    (tmp_path / "spool/2026").mkdir(parents=True)
    (tmp_path / "spool" / name).write_bytes(b"x" * 1000)

    def cut(source: Any, target: Any) -> None:
        target.write(source.read(500))
        raise KeyboardInterrupt

    shared = SharedArchive(f"file://{tmp_path}/bucket")
    with monkeypatch.context() as patch:
        patch.setattr("scholar_etl.archive.shared.shutil.copyfileobj", cut)
        with pytest.raises(KeyboardInterrupt):
            shared.copy_from(tmp_path / "spool", [name])
    assert shared.names() == set()
    shared.copy_from(tmp_path / "spool", [name])
    assert shared.names() == {name}


@given(st.lists(st.sampled_from("abc")), st.integers(1, 5))
def test_pieces_keep_the_order_and_one_host_each(hosts: list[str], size: int) -> None:
    """All are there once; a piece is one host's, in order, and full unless it is its host's last."""
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    wanted = [
        Assignment(Request(f"x:{n}", "x", f"https://{host}/{n}"), Original("i", "u", moment, "d", "f", 0))
        for n, host in enumerate(hosts)
    ]
    pieces = list(split(wanted, size))
    assert sorted((a for piece in pieces for a in piece), key=wanted.index) == wanted
    for host in "abc":
        of_host = [piece for piece in pieces if piece[0].request.url.startswith(f"https://{host}/")]
        assert [a for piece in of_host for a in piece] == [a for a, h in zip(wanted, hosts, strict=True) if h == host]
        assert all(len(piece) == size for piece in of_host[:-1])


def test_a_shard_fits_into_the_parameters_of_a_run() -> None:
    """The largest shard that the settings allow, of long addresses and tags, is below what Prefect takes."""
    moment, url = datetime(2026, 11, 26, 5, 0, 0, 123456, tzinfo=UTC), "https://www.scholarfeed.org/author/123456789012"
    original = Original(
        "0" * 36, url, moment, f"sha1:{'A' * 32}", f"2026/scholar-etl-20261126_{'x' * 60}.warc.gz", 10**9
    )
    request = Request(
        "scholarfeed:123456789012", "scholarfeed", url, f'W/"{"e" * 64}"', "Thu, 26 Nov 2026 05:00:00 GMT"
    )
    shard = Shard("0" * 36, "x" * 40, "s3://bucket/captures", FetchSettings(), (Assignment(request, original),) * 500)
    assert len(TypeAdapter(Shard).dump_json(shard)) < 512 * 1024
