"""The private file, the published one, and the lock beside them."""

from __future__ import annotations

import errno
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import duckdb
import pytest
from testbed import until

from scholar_etl.errors import LockedError, MissingWarehouseError, WarehouseError
from scholar_etl.lock import ProjectLock
from scholar_etl.model import (
    Capture,
    JudgedCapture,
    Metrics,
    Observation,
    Original,
    Outcome,
    Paper,
    Profile,
    WatchedAuthor,
)
from scholar_etl.store import LatestOriginal, LoadCounts, Warehouse, connect, writer
from scholar_etl.store.sql import transaction, translated

START = datetime(2026, 3, 1, tzinfo=UTC)


def observe(day: int, h_index: int = 1, abstract: str | None = None) -> Observation:
    """Return one author's observation of a day."""
    return Observation(
        author_id="scholarfeed:1",
        observed_at=START + timedelta(days=day),
        profile=Profile(
            "Ada",
            metrics=Metrics(h_index=h_index),
            papers=(Paper(1, "X", paper_id="title:x", abstract=abstract),),
            listing_complete=True,
        ),
        capture_id=str(UUID(int=day)),
        run_id="run",
        extractor_version=1,
        source="scholarfeed",
        url="https://example.org/author/1",
    )


def capture(day: int, *, refers_to: int | None = None, etag: str | None = None, **changes: object) -> Capture:
    """Return one author's capture of a day, in the WARC file of that day; `refers_to` is the day of its original."""
    fields: dict[str, object] = {
        "capture_id": str(UUID(int=day)),
        "run_id": "run",
        "source": "scholarfeed",
        "author_id": "scholarfeed:1",
        "url": "https://example.org/author/1",
        "fetched_at": START + timedelta(days=day),
        "http_status": 200 if refers_to is None else 304,
        "payload_digest": "sha1:AAAA",
        "warc_file": f"{day}.warc.gz",
        "warc_offset": 10 + day,
        "etag": etag,
        "refers_to": None if refers_to is None else str(UUID(int=refers_to)),
    }
    return Capture(**{**fields, **changes})  # type: ignore[arg-type]


def days_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many observations a connection sees."""
    row = connection.execute("select count(*) from etl.observation").fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a warehouse may be published; a quote in a path is a path like any other."""
    return tmp_path / "it's here" / "scholar.duckdb"


def test_nothing_published_yet(path: Path) -> None:
    """Reading says so in its own class, and makes no file."""
    with pytest.raises(MissingWarehouseError, match="refresh"):
        connect(path)
    assert not path.parent.exists()


def test_readers_see_whole_runs(path: Path) -> None:
    """What is loaded appears when it is published; a reader that is open keeps the run it opened."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
        assert not path.exists()
        warehouse.publish()
        early = connect(path)
        warehouse.load([observe(1)])
        assert days_of(early) == 1
    late = connect(path)
    assert (days_of(early), days_of(late)) == (1, 2)
    assert sorted(p.name for p in path.parent.iterdir()) == [
        ".scholar.duckdb.lock",
        ".scholar.duckdb.writer",
        "scholar.duckdb",
    ]


def test_an_exception_publishes_nothing_and_loses_nothing(path: Path) -> None:
    """Readers keep the last whole run; the next writer publishes what was loaded before the exception."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
    with pytest.raises(ZeroDivisionError), Warehouse(path) as warehouse:
        1 / warehouse.load([observe(1)]).repeats
    assert days_of(connect(path)) == 1
    with Warehouse(path):
        pass
    assert days_of(connect(path)) == 2


def test_no_change_no_publication(path: Path) -> None:
    """A writer that changed nothing leaves the published file alone."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
        warehouse.sync_watch([WatchedAuthor("scholarfeed:1", "scholarfeed", "1", None, ("a",))])
    before = path.stat().st_ino
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
        warehouse.sync_watch([WatchedAuthor("scholarfeed:1", "scholarfeed", "1", None, ("a",))])
    assert path.stat().st_ino == before


def test_the_private_file_is_restored_from_the_published_one(path: Path) -> None:
    """A lost private file costs nothing, and a write-ahead log that outlived it is not applied to the copy."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
    private = path.with_name(".scholar.duckdb.writer")
    private.unlink()
    private.with_name(f"{private.name}.wal").write_bytes(b"of another file")
    with Warehouse(path) as warehouse:
        warehouse.load([observe(1)])
    assert days_of(connect(path)) == 2


def test_what_a_client_writes_into_the_published_file_never_enters_history(path: Path) -> None:
    """Rows that somebody deletes there are back after the next run."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
    with duckdb.connect(str(path)) as client:
        client.execute("delete from etl.capture")
    assert days_of(connect(path)) == 0
    with Warehouse(path) as warehouse:
        warehouse.load([observe(1)])
    assert days_of(connect(path)) == 2


def test_a_failed_load_leaves_nothing_behind(path: Path) -> None:
    """All or nothing: a bad row in a load takes the good ones with it, and the next load works."""
    with Warehouse(path) as warehouse:
        bad = capture(2, warc_offset=None)
        with pytest.raises(WarehouseError, match="cannot load"):
            warehouse.load([observe(0)], [JudgedCapture(bad, Outcome.ACCEPTED, 1)])
        assert days_of(warehouse.connection) == 0
        assert warehouse.load([observe(0)]).observations == 1


def test_a_capture_id_is_a_uuid(path: Path) -> None:
    """Anything else is refused in words."""
    with Warehouse(path) as warehouse, pytest.raises(WarehouseError, match="'seven' is no UUID"):
        warehouse.load([], [JudgedCapture(capture(0, capture_id="seven"), Outcome.ACCEPTED, 1)])


def test_moments_need_a_zone(path: Path) -> None:
    """A naive moment is never taken for UTC in silence."""
    with Warehouse(path) as warehouse, pytest.raises(ValueError, match="no time zone"):
        warehouse.load([observe(0)], recorded_at=datetime(2026, 3, 1))  # noqa: DTZ001


def test_people_open_it_with_duckdb_1_5(path: Path) -> None:
    """The published file is in the storage format of DuckDB 1.5."""
    with Warehouse(path):
        pass
    with duckdb.connect(str(path), read_only=True) as connection:
        (tags,) = connection.execute("select tags from duckdb_databases() where path is not null").fetchone() or ({},)
    assert tags["storage_version"].startswith("v1.5")


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    """It is left as it is, and the line says to upgrade."""
    with Warehouse(path) as warehouse:
        warehouse.connection.execute("insert into etl.migration values (999, 'later', now()::timestamp)")
    with pytest.raises(WarehouseError, match=r"version 999.*upgrade"), Warehouse(path):
        pass


def test_a_file_that_is_no_warehouse(path: Path) -> None:
    """Reader and writer say so in one line of their own class."""
    path.parent.mkdir()
    path.write_text("not a database " * 1000)
    with pytest.raises(WarehouseError, match="cannot open"):
        connect(path)
    with pytest.raises(WarehouseError, match="cannot open"), Warehouse(path):
        pass


def test_a_second_writer_is_refused_at_once(path: Path) -> None:
    """The error names the holder's process."""
    with Warehouse(path), pytest.raises(LockedError, match=f"process {os.getpid()} ") as caught, Warehouse(path):
        pass
    assert caught.value.holder.endswith("UTC")
    with Warehouse(path):
        pass


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield another process that has written to the warehouse and still holds it."""
    program = (
        "import sys\n"
        "from test_warehouse_files import *\n"
        "with Warehouse(sys.argv[1]) as warehouse:\n"
        "    warehouse.load([observe(0)])\n"
        "    print('holding', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parent), *sys.path]))}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_a_killed_writer_leaves_no_lock_and_loses_no_load(path: Path, holder: subprocess.Popen[str]) -> None:
    """While it lives it is named; once killed, the next writer goes on with what it had loaded."""
    with pytest.raises(LockedError, match=f"process {holder.pid} "), Warehouse(path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Warehouse(path) as warehouse:
        assert days_of(warehouse.connection) == 1
    assert days_of(connect(path)) == 1


def test_what_a_killed_writer_left_is_cleared(path: Path) -> None:
    """Files half made and what was spilled go when the next writer opens; never while another one is at work."""
    with Warehouse(path):
        pass
    whole = {".scholar.duckdb.lock", ".scholar.duckdb.writer", "scholar.duckdb"}
    spilled = path.with_name(".scholar.duckdb.writer.tmp") / "duckdb_temp_storage_DEFAULT-0.tmp"
    spilled.parent.mkdir()
    names = (".part", ".writer.part", ".writer.fresh", ".writer.compact", ".writer.compact.wal")
    scrap = [spilled, *(path.with_name(f".scholar.duckdb{name}") for name in names)]
    for file in scrap:
        file.write_bytes(b"half a file")
    with ProjectLock(path.with_name(".scholar.duckdb.lock")), pytest.raises(LockedError), Warehouse(path):
        pass
    assert all(file.exists() for file in scrap)
    with Warehouse(path):
        assert {file.name for file in path.parent.iterdir()} == whole
    assert {file.name for file in path.parent.iterdir()} == whole


@pytest.mark.parametrize("has_private", [True, False])
def test_a_client_that_wrote_and_died_bars_nobody(path: Path, has_private: bool) -> None:
    """Its write-ahead log beside the published file is gone with what it wrote, and readers open the next run."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
    write = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table x (i int)'); os._exit(0)"
    subprocess.run([sys.executable, "-c", write, str(path)], check=True)
    assert path.with_name("scholar.duckdb.wal").exists()
    if not has_private:
        path.with_name(".scholar.duckdb.writer").unlink()
    with Warehouse(path) as warehouse:
        warehouse.load([observe(1)])
    assert days_of(connect(path)) == 2


def test_the_lock_is_not_the_file(tmp_path: Path) -> None:
    """A lock file that exists locks nothing, and one that is freed names nobody."""
    path = tmp_path / "lock"
    path.write_text("process 1 (long dead)")
    with ProjectLock(path):
        assert str(os.getpid()) in path.read_text()
    assert path.read_text() == ""


def test_a_full_disk_keeps_the_published_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that fails midway is one clear error; the old run stays, no scrap is left, and the next run completes."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])

    def fail(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:100])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", fail)
        with pytest.raises(WarehouseError, match=r"cannot publish.*No space left"), Warehouse(path) as warehouse:
            warehouse.load([observe(1)])
    assert days_of(connect(path)) == 1
    assert not list(path.parent.glob("*.part"))
    with Warehouse(path):
        pass
    assert days_of(connect(path)) == 2


@pytest.mark.parametrize("memory", ["1KB", "1500KB"])
def test_a_checkpoint_that_needs_more_memory_takes_it(path: Path, monkeypatch: pytest.MonkeyPatch, memory: str) -> None:
    """Where the limit cannot be set, or does not do, the file is closed whole without it: between loads, at the end."""
    monkeypatch.setattr(writer, "_CHECKPOINT_MEMORY", memory)
    monkeypatch.setattr(writer, "_PAGES_A_CONNECTION", 1)
    with Warehouse(path) as warehouse:
        for day in range(2):
            warehouse.load([observe(day)])
            warehouse.connection.execute(
                "insert into etl.paper_text "
                "select i, uuid(), uuid(), i, repeat(md5(i::varchar), 45) from range(3_000) r(i)"
            )
    assert days_of(connect(path)) == 2
    assert connect(path).execute("select count(*) from etl.paper_text").fetchone() == (1 + 2 * 3_000,)


@contextmanager
def no_file_beyond(size_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("text_bytes", [1_000, 20_000_000])
def test_what_is_committed_is_told_so(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, text_bytes: int
) -> None:
    """A disk that is full only for the checkpoint after a load is a warning; the load once more doubles nothing.

    So it is where the log is so long that DuckDB would make a checkpoint of its own with the next commit.
    """
    monkeypatch.setattr(writer, "_PAGES_A_CONNECTION", 1)
    noise = Random(1)  # noqa: S311 - texts that nothing packs well
    texts = [b64encode(noise.randbytes(size)).decode() for size in (text_bytes, text_bytes, 1_000)]
    days = [[observe(day, abstract=text)] for day, text in enumerate(texts)]
    with Warehouse(path) as warehouse:
        warehouse.load(days[0])
        file_bytes = path.with_name(".scholar.duckdb.writer").stat().st_size
        with no_file_beyond(max(text_bytes * 3 // 2, file_bytes // 2)):
            counts = [warehouse.load(day) for day in days[1:]]
        assert counts == [LoadCounts(observations=1)] * 2
        assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
        assert "which keeps what was loaded: " in caplog.text
        assert "; make room on its disk" in caplog.text
        assert warehouse.load(days[1]) == LoadCounts(repeats=1)
    assert days_of(connect(path)) == 3


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES])
def test_an_error_of_the_system_says_what_to_do(number: int) -> None:
    """Behind the system's own words."""
    said = os.strerror(number)
    with (
        pytest.raises(WarehouseError, match=f"^cannot work: .*{said}.*; (make room|see who may) "),
        translated("cannot work"),
    ):
        raise OSError(number, said)


def test_ctrl_c_while_duckdb_works(tmp_path: Path) -> None:
    """It is a KeyboardInterrupt, as anywhere else, and the transaction is gone."""
    written = tmp_path / "written"
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        striker = threading.Thread(
            target=lambda: (
                until(lambda: written.exists() and written.stat().st_size),
                os.kill(os.getpid(), signal.SIGINT),
            )
        )
        striker.start()
        with pytest.raises(KeyboardInterrupt), translated("cannot work"), transaction(connection):
            connection.execute(f"copy (from range(1_000_000_000_000)) to '{written}' (format csv)")
        striker.join()
        connection.begin()


def test_what_the_planner_asks(path: Path) -> None:
    """Conditional requests go by the newest accepted capture; a revisit leads to the capture that holds its payload."""
    with Warehouse(path) as warehouse:
        warehouse.load(
            [observe(0), observe(1)],
            [
                JudgedCapture(capture(0, etag='"a"'), Outcome.ACCEPTED, 1),
                JudgedCapture(capture(1, refers_to=0, requested_url="https://example.org/asked"), Outcome.ACCEPTED, 1),
                JudgedCapture(capture(2, etag='"blocked"', warc_file="1.warc.gz"), Outcome.BLOCKED, 1),
            ],
        )
        original = Original(str(UUID(int=0)), "https://example.org/author/1", START, "sha1:AAAA", "0.warc.gz", 10)
        assert warehouse.latest_originals() == {
            "scholarfeed:1": LatestOriginal(original, "https://example.org/asked", '"a"', None)
        }
        assert warehouse.last_success() == {"scholarfeed:1": START + timedelta(days=1)}
        assert warehouse.archive_offsets() == {"0.warc.gz": 10, "1.warc.gz": 12}
        assert warehouse.known_captures([str(UUID(int=2)), str(UUID(int=9))]) == {str(UUID(int=2))}


def test_the_payload_of_a_revisit_is_found_wherever_it_was_loaded(path: Path) -> None:
    """As the newest page before, with its tags, or long ago, without: only the newest page's are kept."""
    with Warehouse(path) as warehouse:
        found = []
        for day, changes in enumerate(({"etag": '"a"'}, {"refers_to": 0}, {"etag": '"b"'}, {"refers_to": 0})):
            warehouse.load([observe(day)], [JudgedCapture(capture(day, **changes), Outcome.ACCEPTED, 1)])
            latest = warehouse.latest_originals()["scholarfeed:1"]
            found.append((UUID(latest.original.capture_id).int, latest.etag))
        assert found == [(0, '"a"'), (0, '"a"'), (2, '"b"'), (0, None)]


def test_runs_are_recorded(path: Path) -> None:
    """A run's captures are counted at its end; one that was killed is abandoned when the next begins."""
    with Warehouse(path) as warehouse:
        warehouse.begin_run("killed", "refresh", START)
        warehouse.begin_run("run", "refresh", START)
        warehouse.load(
            [observe(0)],
            [
                JudgedCapture(capture(0), Outcome.ACCEPTED, 1),
                JudgedCapture(capture(1), Outcome.QUARANTINED, 1),
                JudgedCapture(capture(2), Outcome.BLOCKED, 1),
            ],
        )
        warehouse.finish_run("run", "partial", START, 3)
    stored = connect(path).execute(
        "select run_id, status, author_count, capture_count, accepted_count, quarantined_count, failed_count "
        "from runs order by run_id"
    )
    assert stored.fetchall() == [
        ("killed", "abandoned", None, None, None, None, None),
        ("run", "partial", 3, 3, 1, 1, 1),
    ]


def test_parsed_statements_go_with_their_connection(path: Path) -> None:
    """What is kept of DuckDB's until the interpreter ends may be told there, on stderr, as leaked."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is duckdb.Statement]


def test_tags_follow_the_watchlist(path: Path) -> None:
    """An author's tags are those of the watchlist, and an empty list once the author is off it."""
    with Warehouse(path) as warehouse:
        warehouse.load([observe(0)])
        tags = []
        for watched in ([WatchedAuthor("scholarfeed:1", "scholarfeed", "1", None, ("a", "b"))], []):
            warehouse.sync_watch(watched)
            tags.append(warehouse.connection.execute("select tags from authors").fetchone())
    assert tags == [(["a", "b"],), ([],)]
