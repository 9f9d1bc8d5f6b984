"""An archive in S3: what is there is whole, enough to lose everything else, and never changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from testbed import ADA, BEN, CAI, DEE, VIEWS, Bench, spawn

from scholar_etl.archive.shared import SharedArchive
from scholar_etl.demo.site import DemoSite
from scholar_etl.errors import ArchiveError, UsageError
from scholar_etl.pipeline import pack_archive, refresh
from scholar_etl.settings import load_settings


def objects(bucket: str) -> dict[str, bytes]:
    """Return what is in the bucket, by key."""
    s3, name = boto3.client("s3"), bucket.split("/")[2]
    listed = s3.list_objects_v2(Bucket=name).get("Contents", [])
    return {entry["Key"]: s3.get_object(Bucket=name, Key=entry["Key"])["Body"].read() for entry in listed}


def share(bench: Bench, url: str) -> None:
    """Let a project have its archive at an address."""
    bench.set("[fetch]", f'[paths]\narchive = "{url}"\n[fetch]')


@pytest.fixture(params=["s3", "file"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an archive, in S3 and in a folder."""
    if request.param == "s3":
        return str(request.getfixturevalue("bucket"))
    return f"file://{tmp_path}/shared"


def test_all_but_the_shared_archive_may_be_lost(bench: Bench, site: DemoSite, address: str, tmp_path: Path) -> None:
    """Two days are refreshed; on another machine, with watchlist and settings alone, a replay gives every author view.

    Pages that say the same on the second day are references into what the first day's run wrote.
    """
    share(bench, address)
    for day in (0, 4):
        site.configure(day=day)
        assert bench("refresh").code == 0
    other = Bench(tmp_path / "other", site.url)
    share(other, address)
    assert other("replay").code == 0
    views = [view for view in VIEWS if view not in ("runs", "field_yield")]
    assert other.tables(tuple(views)) == bench.tables(tuple(views))
    assert bench.value("select count(*) from captures where http_status = 304") > 0
    assert other("archive", "verify").code == 0
    assert other("replay", "--check").code == 0


def test_objects_are_added_and_never_changed(bench: Bench, site: DemoSite, bucket: str) -> None:
    """Each run adds segments of its own, and neither a later run nor packing the month touches what is there."""
    share(bench, bucket)
    moments = [datetime(2026, 9, day, 5, tzinfo=UTC) for day in (1, 2)]
    seen: dict[str, bytes] = {}
    for moment in moments:
        refresh(bench.project, clock=lambda moment=moment: moment)  # type: ignore[misc]
        now = objects(bucket)
        assert seen.items() < now.items()
        seen = now
    assert len(pack_archive(bench.project).months) == 1
    assert [file.suffix for file in bench.project.archive.rglob("*") if file.is_file()] == [".parquet"]
    assert bench("refresh", str(ADA)).code == 0
    now = objects(bucket)
    assert seen.items() < now.items()
    assert len(now) == 3
    # What was packed is not fetched again; what was packed can be had from the bucket.
    assert len(list(bench.project.archive.rglob("*.warc.gz"))) == 1
    shutil.rmtree(bench.project.archive)
    assert bench("replay").code == 0
    assert bench("replay", "--check").code == 0


def test_what_a_failed_run_left_here_is_shared_by_the_next(bench: Bench, bucket: str) -> None:
    """A run that can no longer reach the shared archive fails, publishes nothing, and loses nothing."""
    share(bench, bucket)
    assert bench("refresh", str(ADA)).code == 0
    before = bench.published.read_bytes()
    with pytest.MonkeyPatch.context() as patch:

        def fail(_: SharedArchive, root: Path, names: list[str]) -> None:
            if names:
                raise ArchiveError(f"cannot write {names}")

        patch.setattr(SharedArchive, "copy_from", fail)
        assert bench("refresh", str(BEN)).code == 1
    assert bench.published.read_bytes() == before
    assert len(objects(bucket)) == 1
    assert bench("refresh", str(CAI)).code == 0
    assert len(objects(bucket)) == 3
    assert bench.value("select count(*) from authors") == 3


def test_an_archive_becomes_shared(bench: Bench, bucket: str) -> None:
    """All that a project has archived on its disk, packed or not, goes up with the first run after."""
    refresh(bench.project, clock=lambda: datetime(2026, 9, 1, 5, tzinfo=UTC))
    assert len(pack_archive(bench.project).months) == 1
    assert bench("refresh").code == 0
    share(bench, bucket)
    bench.watch(ADA, BEN, CAI, DEE)
    assert bench("refresh", str(DEE)).code == 0
    assert len(objects(bucket)) == 3
    shutil.rmtree(bench.project.archive)
    assert bench("replay", "--check").code == 0


def test_a_damaged_month_is_had_again(bench: Bench, address: str) -> None:
    """Where the copy's packed month is damaged, its segments come back with the next run, which does not fail."""
    share(bench, address)
    refresh(bench.project, clock=lambda: datetime(2026, 9, 1, 5, tzinfo=UTC))
    assert len(pack_archive(bench.project).months) == 1
    (month,) = bench.project.archive.rglob("*.parquet")
    month.write_bytes(b"damaged")
    assert bench("refresh", str(ADA)).code == 0
    assert len(list(bench.project.archive.rglob("*202609*.warc.gz"))) == 1
    month.unlink()
    assert bench("replay").code == 0
    assert bench.value("select count(*) from captures") == 4


def test_names_that_are_none_of_ours_are_left_alone(bucket: str, tmp_path: Path) -> None:
    """Objects of others, and such as would leave the folder, are not copied."""
    s3, name = boto3.client("s3"), bucket.split("/")[2]
    for key in ("captures/notes.txt", "captures/2026/../../../evil.warc.gz", "other/2026/x.warc.gz"):
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    assert SharedArchive(bucket).names() == set()
    SharedArchive(bucket).sync(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    "make", [lambda url: SharedArchive(url).names(), lambda url: SharedArchive(url).sync(Path("x"))]
)
def test_an_archive_that_is_not_there_is_one_line(bucket: str, make: Callable[[str], object]) -> None:
    """A bucket that does not exist is an error that says what to look at."""
    with pytest.raises(ArchiveError, match=r"cannot read the archive s3://no-such-bucket/x: .*; check the address"):
        make("s3://no-such-bucket/x")


def test_an_unknown_kind_of_address_is_a_wrong_setting(bench: Bench) -> None:
    """It is refused, with the address, before anything is done."""
    share(bench, "nosuch://place/x")
    done = bench("refresh")
    assert done.code == 2
    assert done.error.startswith("scholar-etl: cannot use the archive nosuch://place/x: ")
    with pytest.raises(UsageError):
        SharedArchive("nosuch://x")


@pytest.mark.parametrize("value", ["s3://", "s3://a b", "s3://key:secret@bucket/x"])
def test_no_address_and_one_with_a_password_are_refused(value: str, tmp_path: Path) -> None:
    """When the settings are read: an address is shown in messages, and told to workers."""
    file = tmp_path / "scholar-etl.toml"
    file.write_text(f'[paths]\narchive = "{value}"')
    with pytest.raises(UsageError, match=r"paths\.archive"):
        load_settings(file)


def test_a_folder_needs_none_of_it(bench: Bench) -> None:
    """Without an address, the archive is a file a day as ever, and no library for S3 is imported."""
    assert bench("refresh").code == 0
    day = f"{datetime.now(UTC):%Y/scholar-etl-%Y%m%d}.warc.gz"
    assert [str(file.relative_to(bench.project.archive)) for file in bench.project.archive.rglob("*.*")] == [day]
    done = spawn("--project", str(bench.folder), "refresh", "--due", PYTHONVERBOSE="1")
    assert "import 'scholar_etl.pipeline.archives'" in done.err
    assert "botocore" not in done.err
