"""A refresh that two workers fetch, one of which is lost: PostgreSQL, Prefect, S3 and the site in their processes."""

from __future__ import annotations

import subprocess
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

import boto3
import pytest
from cluster import GUARD_S, POOL, Cluster, lose, postgres
from testbed import HISTORY, Bench, command, environment, spawn, until

from scholar_etl.clock import utc_now
from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite

AUTHORS = 200
PER_MINUTE = 330
MOMENTS = (
    *("first_seen_at", "last_seen_at", "last_changed_at", "last_confirmed_at", "valid_from", "valid_to"),
    *("capture_id", "fetched_at", "warc_file", "warc_offset"),
)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Run a Prefect server on a PostgreSQL of its own."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with postgres() as database:
        cluster = Cluster(folder, database)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def keys(bucket: str) -> list[str]:
    """Return what is in the bucket."""
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket.split("/")[2]).get("Contents", [])
    return [entry["Key"] for entry in listed]


def most_in_a_second(site: DemoSite) -> int:
    """Return how many requests the site has seen in the second that had most of them."""
    times = sorted(datetime.fromisoformat(request["at"]) for request in site.requests())
    return max(bisect_left(times, time + timedelta(seconds=1)) - place for place, time in enumerate(times))


def everybody(folder: Path, url: str) -> Bench:
    """Return a project that follows all authors of the site."""
    return Bench(folder, url, tuple(range(facts.FIRST_KEY, facts.FIRST_KEY + AUTHORS)))


def test_a_lost_worker_costs_time_and_not_data(cluster: Cluster, bucket: str, tmp_path: Path) -> None:
    """Two workers and a loader refresh 200 authors; one worker is lost in the middle, with all that it runs.

    Before its limits are deployed, a run asks for nothing and says so. All 200 arrive, every view says what one machine
    says, and no second has more requests than the rate allows.
    """
    with DemoSite(authors=AUTHORS, today=utc_now().date()) as site:
        alone = everybody(tmp_path / "alone", site.url)
        assert alone("refresh").code == 0
        site.forget_requests()

        shared = everybody(tmp_path / "shared", site.url)
        shared.set("requests_per_minute = 60000", f"requests_per_minute = {PER_MINUTE}")
        workers = f'[workers]\nshard_size = 70\nlost_after_s = 30\n[paths]\narchive = "{bucket}"\n'
        shared.set("[fetch]", f"{workers}[fetch]")
        early = spawn("--project", str(shared.folder), "refresh", "--via-prefect", **cluster.variables)
        assert (early.code, early.out, site.requests()) == (1, "", [])
        assert early.error.startswith("scholar-etl: Prefect has no limit 'scholar-etl 127.0.0.1': run 'prefect deploy")
        cluster.ask("/work_pools/", {"name": POOL, "type": "process"})
        cluster.prefect("deploy", "--all", SCHOLAR_ETL_PROJECT=str(shared.folder))
        loader = subprocess.Popen(
            command("--project", str(shared.folder), "refresh", "--via-prefect"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**cluster.variables),
        )
        first, _ = cluster.worker("first"), cluster.worker("second")
        until(
            lambda: (
                len(cluster.shards("RUNNING")) == 2 and any("-1-1-" in key or "-2-1-" in key for key in keys(bucket))
            ),
            guard_s=GUARD_S,
        )
        lose(first)
        out, err = loader.communicate(timeout=GUARD_S)
        assert loader.returncode == 0, out + err

        asked = Counter(request["path"] for request in site.requests())
        assert most_in_a_second(site) <= ceil(PER_MINUTE / 60)
    assert {f"/author/{facts.FIRST_KEY + n}" for n in range(AUTHORS)} <= set(asked)
    assert len(cluster.shards("CRASHED")) == 1
    assert cluster.shards("RUNNING", "PENDING", "SCHEDULED") == []
    assert shared.value("select count(*) from authors") == AUTHORS
    assert shared.tables(HISTORY, without=MOMENTS) == alone.tables(HISTORY, without=MOMENTS)
    captures = "select author_id, url, http_status, outcome, payload_digest from captures order by all"
    assert shared.rows(captures) == alone.rows(captures)
    counts = "select kind, status, author_count, accepted_count from runs"
    assert shared.rows(counts) == alone.rows(counts)
    assert shared("replay", "--check").code == 0
    assert shared("archive", "verify").code == 0
