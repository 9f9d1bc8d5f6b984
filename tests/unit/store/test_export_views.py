"""The views as files: what is in them, and how they come into their place."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest

from scholar_etl import files
from scholar_etl.cli.render import _csv_value
from scholar_etl.errors import MissingWarehouseError, UsageError, WarehouseError
from scholar_etl.fields import VIEWS, field_of
from scholar_etl.model import (
    Capture,
    FieldYield,
    JudgedCapture,
    Metrics,
    Observation,
    Outcome,
    Paper,
    Problem,
    Profile,
    Severity,
    WatchedAuthor,
)
from scholar_etl.store import ExportedView, Warehouse, connect, export_views
from scholar_etl.store.sql import run_file
from scholar_etl.version import __version__

START = datetime(2025, 12, 30, 5, 0, 0, 250_000, tzinfo=UTC)
HOSTILE = (
    "=cmd|'/c calc'!A1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", '"quoted", and \'so\'', "two\nlines\r\nthree",
    "\x1b[31mred\x1b[0m", "a\x00b", "\u202etxt.exe", "a\u200bb\ufeff", "می\u200cخواهم", "陈思远, 🙂", "", " ", "NULL",
    "1e5", "</script>", "a;b|c",
)  # fmt: skip
KEYS = {
    "author_metrics": ("author_id", "metric", "valid_from"),
    "authors": ("author_id",),
    "captures": ("fetched_at", "capture_id"),
    "field_yield": ("started_at", "run_id", "source", "field"),
    "metric_jumps": ("author_id", "metric", "changed_at"),
    "paper_history": ("author_id", "paper_id", "valid_from"),
    "papers": ("author_id", "paper_id"),
    "quarantine": ("fetched_at", "capture_id"),
    "runs": ("started_at", "run_id"),
}
MOUNT = Path("/dev/shm")  # noqa: S108 - Linux has one there
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def at_noon() -> datetime:
    """Return the moment of every export here."""
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


def _papers(day: int) -> tuple[Paper, ...]:
    return tuple(
        Paper(
            number,
            text or "no title",
            paper_id=f"title:{number:03d}",
            category="CL",
            published_on=date(2020, 1, 1 + number) if number % 2 else None,
            has_code=day > 2,
            authors=(text, "Ada"),
            abstract=text,
        )
        for number, text in enumerate(HOSTILE, 1)
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published warehouse whose every view has rows, of two years, with texts that are up to no good."""
    path = tmp_path_factory.mktemp("published") / "scholar.duckdb"
    observations, captures = [], []
    for key in range(1, 4):
        for day in range(5):
            at = START + timedelta(days=day, seconds=key)
            capture = Capture(
                capture_id=str(UUID(int=key << 8 | day)),
                run_id="run",
                source="scholarfeed",
                author_id=f"scholarfeed:{key}",
                url=f"https://example.org/author/{key}",
                fetched_at=at,
                http_status=200,
                payload_digest="sha1:AAAA",
                warc_file="a.warc.gz",
                warc_offset=day,
                etag=HOSTILE[day],
            )
            if day == 4:
                problems = (Problem("rule", Severity.ERROR, HOSTILE[8]), Problem("other", Severity.WARNING, "=1"))
                captures.append(JudgedCapture(capture, Outcome.QUARANTINED, 1, problems))
                continue
            captures.append(JudgedCapture(capture, Outcome.ACCEPTED, 1))
            citations = 100 if day < 2 else 200
            profile = Profile(
                HOSTILE[key], metrics=Metrics(h_index=key + day, citation_count=citations), papers=_papers(day),
                listing_complete=True,
            )  # fmt: skip
            observations.append(
                Observation(capture.author_id, at, profile, capture.capture_id, "run", 1, "scholarfeed", capture.url)
            )
    with Warehouse(path) as warehouse:
        warehouse.sync_watch([WatchedAuthor("scholarfeed:1", "scholarfeed", "1", None, HOSTILE[:3])])
        warehouse.begin_run("run", "refresh", START)
        warehouse.load(observations, captures)
        yields = [FieldYield("scholarfeed", field, 3, 2, 1, START) for field in HOSTILE]
        warehouse.finish_run("run", "partial", START + timedelta(hours=1), 3, yields)
    return path


def rows_of(path: Path, view: str) -> list[tuple[Any, ...]]:
    """Return a view's rows in the order of its key."""
    with connect(path) as connection:
        rows = connection.execute(f"from {view}").fetchall()
    places = [VIEWS[view][1].index(column) for column in KEYS[view]]
    return sorted(rows, key=lambda row: [row[place] for place in places])


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its name there."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return what an export's manifest says."""
    said: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return said


@pytest.fixture(scope="module")
def parquet(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export in Parquet."""
    folder = tmp_path_factory.mktemp("parquet") / "out"
    export_views(path, folder, clock=at_noon)
    return folder


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("partition_above", [0, 1_000_000])
def test_parquet_is_the_view(path: Path, tmp_path: Path, view: str, partition_above: int) -> None:
    """Read back by its one name, whole or in parts, it has the view's columns, types and rows, hostile text too."""
    export_views(path, tmp_path / "out", partition_above=partition_above)
    back = duckdb.read_parquet(f"{tmp_path}/out/{view}.parquet", hive_partitioning=False)
    with connect(path) as connection:
        described = connection.execute(f"from {view} limit 0").description
    assert [(name, str(kind)) for name, kind in zip(back.columns, back.types, strict=True)] == [
        (column[0], str(column[1])) for column in described
    ]
    expected = rows_of(path, view)
    assert expected
    assert sorted(map(repr, back.fetchall())) == sorted(map(repr, expected))


@pytest.mark.parametrize("view", VIEWS)
def test_rows_stand_in_the_order_of_their_key(path: Path, parquet: Path, view: str) -> None:
    """A file is the same for the same history, and differs little for little."""
    assert duckdb.read_parquet(f"{parquet}/{view}.parquet").fetchall() == rows_of(path, view)


def test_parquet_is_compressed(parquet: Path) -> None:
    """By zstd, whatever DuckDB's own choice is."""
    found = duckdb.execute("select distinct compression from parquet_metadata(?)", [f"{parquet}/*.parquet"])
    assert found.fetchall() == [("ZSTD",)]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_same_history_gives_the_same_bytes(path: Path, tmp_path: Path, form: str) -> None:
    """Also in parts; only the manifest says when."""
    for name in ("one", "two"):
        export_views(path, tmp_path / name, form, partition_above=0, clock=at_noon)
    assert everything(tmp_path / "one") == everything(tmp_path / "two")


@pytest.mark.parametrize("view", VIEWS)
def test_csv_says_what_the_view_says(path: Path, tmp_path: Path, view: str) -> None:
    """RFC 4180 in UTF-8: a header, CRLF, every row in its order, cells as `sql --format csv` writes them."""
    export_views(path, tmp_path / "out", "csv")
    raw = (tmp_path / "out" / f"{view}.csv").read_bytes()
    assert raw.endswith(b"\r\n")
    header, *lines = csv.reader(raw.decode("utf-8").splitlines(keepends=True), strict=True)
    assert header == list(VIEWS[view][1])
    assert ACTIVE.findall(raw.decode("utf-8").replace("\r\n", "\n")) == []
    expected = rows_of(path, view)
    assert len(lines) == len(expected)
    for line, row in zip(lines, expected, strict=True):
        for cell, value in zip(line, row, strict=True):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            if isinstance(value, datetime):
                assert cell == f"{value:%Y-%m-%dT%H:%M:%S.%f}Z"
                assert datetime.fromisoformat(cell).replace(tzinfo=None) == value
            elif isinstance(value, list):
                said = [json.loads(_without_active(json.dumps(item, ensure_ascii=False))) for item in value]
                assert json.loads(cell) == said
            elif value is None:
                assert cell == ""
            else:
                assert cell == str(_csv_value(value))


def _without_active(text: str) -> str:
    return ACTIVE.sub("", text)


def test_no_value_and_empty_text_differ_in_csv(path: Path, tmp_path: Path) -> None:
    """Nothing at all is NULL; a pair of quotes is text without a letter."""
    export_views(path, tmp_path / "out", "csv")
    text = (tmp_path / "out/papers.csv").read_bytes().decode("utf-8")
    (line,) = {line for line in text.split("\r\n") if line.startswith("scholarfeed:1,") and ",no title," in line}
    assert ',no title,CL,,2020-01-16,true,"["""",""Ada""]",false,,"",2025' in line


@pytest.fixture(scope="module")
def cells() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that knows how a cell of CSV is made."""
    with duckdb.connect() as connection:
        run_file(connection, "exports/csv_macros.sql")
        yield connection


def test_text_is_made_harmless_by_one_rule(cells: duckdb.DuckDBPyConnection) -> None:
    """DuckDB leaves out and keeps what `sql --format csv` does, of all characters that this Python knows."""
    characters = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in ("Cs", "Cn")  # halves of pairs, and what is assigned to nothing yet
    ]
    texts = ["x" + "".join(characters[start : start + 512]) for start in range(0, len(characters), 512)]
    texts += [f"{chr(code)}1" for code in range(256)]
    made = cells.execute("select csv_text(unnest(?))", [texts]).fetchall()
    assert [text for (text,) in made] == [_csv_value(text) for text in texts]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("null::varchar", None),
        ("null::timestamp", None),
        ("timestamp '2026-01-02'", "2026-01-02T00:00:00.000000Z"),
        ("timestamp '2026-01-02 03:04:05.5'", "2026-01-02T03:04:05.500000Z"),
        ("date '2026-01-02'", "2026-01-02"),
        ("true", "true"),
        ("-5::bigint", "-5"),
        ("['=1', null]", '["=1",null]'),
        ("[]::varchar[]", "[]"),
        ("[{'a': 1, 'b': 'x'}]", '[{"a":1,"b":"x"}]'),
    ],
)
def test_a_cell_is_made_by_its_type(cells: duckdb.DuckDBPyConnection, value: str, cell: str | None) -> None:
    """Text is made harmless; a number is no formula, a time says that it is UTC, a list is JSON."""
    assert cells.execute(f"select csv_cell({value})").fetchall() == [(cell,)]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_large_view_is_a_folder_of_parts(path: Path, tmp_path: Path, form: str) -> None:
    """Metrics by their name, the others by year; what has no parts stays one file."""
    views = {v.view: v for v in export_views(path, tmp_path / "out", form, partition_above=0)}
    parts = {view: {file.split("/")[1] for file in v.files if "/" in file} for view, v in views.items()}
    assert parts == {
        **{view: set() for view in VIEWS},
        "author_metrics": {"metric_name=h_index", "metric_name=citation_count"},
        "captures": {"year=2025", "year=2026"},
        "paper_history": {"year=2025", "year=2026"},
    }
    assert {file for v in views.values() for file in v.files} | {"manifest.json"} == set(everything(tmp_path / "out"))
    if form == "parquet":
        for view, column in (("captures", "fetched_at"), ("paper_history", "valid_from")):
            for file in views[view].files:
                found = duckdb.read_parquet(f"{tmp_path}/out/{file}").project(column).fetchall()
                assert {f"year={moment.year}" for (moment,) in found} == {file.split("/")[1]}


def test_a_view_is_large_above_the_bound_only(path: Path, tmp_path: Path) -> None:
    """At it, a view is still one file."""
    count = len(rows_of(path, "captures"))
    for bound, is_split in ((count, False), (count - 1, True)):
        views = {v.view: v for v in export_views(path, tmp_path / "out", partition_above=bound)}
        assert (len(views["captures"].files) > 1) is is_split


def test_an_empty_warehouse_is_exported(tmp_path: Path) -> None:
    """Every view is a file with its columns and no row, whatever the bound."""
    path = tmp_path / "scholar.duckdb"
    with Warehouse(path):
        pass
    for form in ("parquet", "csv"):
        views = export_views(path, tmp_path / "out", form, partition_above=0)
        assert [(v.view, v.rows, len(v.files)) for v in views] == [(view, 0, 1) for view in VIEWS]
    assert (tmp_path / "out/authors.csv").read_text() == f"{','.join(VIEWS['authors'][1])}\n"
    assert manifest_of(tmp_path / "out")["last_run_id"] is None


def test_the_manifest_says_what_is_there(path: Path, parquet: Path) -> None:
    """Where it comes from, and each view with its rows, files and columns, as the registry describes them."""
    said = manifest_of(parquet)
    assert {key: value for key, value in said.items() if key != "views"} == {
        "made_by": "scholar-etl export",
        "version": __version__,
        "exported_at": "2026-11-22T12:00:00Z",
        "format": "parquet",
        "last_run_id": "run",
    }
    assert [view["view"] for view in said["views"]] == list(VIEWS)
    for view in said["views"]:
        name = view["view"]
        assert (view["rows"], view["files"]) == (len(rows_of(path, name)), [f"{name}.parquet"])
        assert view["description"] == VIEWS[name][0]
        back = duckdb.read_parquet(f"{parquet}/{name}.parquet")
        assert view["columns"] == [
            {"name": c, "type": str(t), "description": field_of(name, c).description, "unit": field_of(name, c).unit}
            for c, t in zip(back.columns, back.types, strict=True)
        ]


def test_each_view_is_told_when_it_is_there(path: Path, tmp_path: Path) -> None:
    """In their order, for a bar."""
    told: list[ExportedView] = []
    assert export_views(path, tmp_path / "out", on_view=told.append) == told
    assert [view.view for view in told] == list(VIEWS)


@pytest.mark.parametrize("name", ["it's", "a b", "[x]*?", "$x{y}%s", "ünï", ".hidden", "deep/er/out"])
def test_any_name_of_a_folder_will_do(path: Path, tmp_path: Path, name: str) -> None:
    """It is a name, never a pattern or a piece of SQL; missing folders above are made."""
    for _ in range(2):
        views = export_views(path, tmp_path / name, "csv", partition_above=0)
    assert {file for v in views for file in v.files} | {"manifest.json"} == set(everything(tmp_path / name))


def test_a_name_that_is_a_pattern_reads_no_other_file(path: Path, tmp_path: Path) -> None:
    """What a folder called `[x]` holds is exported, not what lies at the same place in one called `x`."""

    def lay_decoys(_: ExportedView) -> None:
        (place,) = (tmp_path / "[x]").glob(".out.export-*")
        decoys = tmp_path / "x" / place.name / "scratch"
        decoys.mkdir(parents=True, exist_ok=True)
        for view in VIEWS:
            duckdb.sql("select 'decoy' as decoy, null as part").write_parquet(str(decoys / f"{view}.parquet"))

    (tmp_path / "[x]").mkdir()
    export_views(path, tmp_path / "[x]/out", "csv", on_view=lay_decoys)
    for view in VIEWS:
        assert "decoy" not in (tmp_path / f"[x]/out/{view}.csv").read_text(encoding="utf-8")


def test_an_earlier_export_is_replaced_as_a_whole(path: Path, tmp_path: Path) -> None:
    """Also by one of another form: nothing of the earlier one is left, in the folder or beside it."""
    folder = tmp_path / "out"
    for form, above in (("parquet", 0), ("csv", 0), ("csv", 1_000_000), ("parquet", 1_000_000)):
        views = export_views(path, folder, form, partition_above=above)
        assert {file for v in views for file in v.files} | {"manifest.json"} == set(everything(folder))
        assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208 - names are what is asked for
    umask = os.umask(0)
    os.umask(umask)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~umask


def test_an_empty_folder_and_a_link_to_one_are_filled(path: Path, tmp_path: Path) -> None:
    """The link stays a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for _ in range(2):
        export_views(path, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/authors.parquet").is_file()


@contextmanager
def refused(folder: Path, says: str) -> Iterator[None]:
    """Expect a refusal that says this, and every file below the folder to stay as it is."""
    before = everything(folder)
    with pytest.raises(UsageError, match=re.escape(says)):
        yield
    assert everything(folder) == before


def test_what_is_no_export_is_left_alone(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, a folder with anything in it, an export that somebody added to, the folder one is in."""
    with refused(path.parent, "is a file: name a folder"):
        export_views(path, path)
    with refused(path.parent, "is not empty, and no earlier export"):
        export_views(path, path.parent)
    folder = tmp_path / "out"
    for said in ("{}", "[]", "3", "", '{"made_by": "me", "views": []}', '{"made_by": "scholar-etl export"}'):
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(said)
        with refused(tmp_path, "is not empty, and no earlier export"):
            export_views(path, folder)
    (folder / "manifest.json").unlink()
    export_views(path, folder, partition_above=0)
    for name in ("notes.txt", "captures.parquet/mine.csv", "captures.parquet/year=2025/.hidden"):
        (folder / name).write_text("mine")
        with refused(tmp_path, f"holds {name}, which is no part of an export"):
            export_views(path, folder)
        (folder / name).unlink()
    (folder / "empty").mkdir()
    with refused(tmp_path, "holds empty, which is no part of an export"):
        export_views(path, folder)
    (folder / "empty").rmdir()
    for place in (folder, folder / "captures.parquet"):
        monkeypatch.chdir(place)
        with refused(tmp_path, "would be replaced, and you are in it"):
            export_views(path, folder)


@pytest.mark.skipif(not MOUNT.is_mount(), reason=f"{MOUNT} is no mount here")
def test_a_mount_is_left_alone(path: Path) -> None:
    """It could not be replaced, and the line says what to name instead."""
    with refused(MOUNT, "is a mount, which cannot be replaced: name a folder in it"):
        export_views(path, MOUNT)


def test_some_folders_are_kept_free(path: Path, tmp_path: Path) -> None:
    """An export lies in none of them, nor is it one, whichever way it is written."""
    kept = tmp_path / "archive"
    (tmp_path / "link").symlink_to("archive")
    for folder in (kept, kept / "out", tmp_path / "other/../archive/out", tmp_path / "link/out"):
        with refused(tmp_path, "which is no place for an export"):
            export_views(path, folder, apart_from=[kept])
    assert not kept.exists()
    export_views(path, tmp_path / "archive2", apart_from=[kept])


def test_nothing_published_yet(tmp_path: Path) -> None:
    """It says so, and makes no folder."""
    with pytest.raises(MissingWarehouseError, match="refresh"):
        export_views(tmp_path / "none.duckdb", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_export_that_fails_leaves_all_as_it_was(path: Path, tmp_path: Path, error: type[BaseException]) -> None:
    """Whether there was an earlier export or nothing; no scrap is left."""

    def fail(view: ExportedView) -> None:
        if view.view == "papers":
            raise error

    folder = tmp_path / "out"
    for _ in range(2):
        before = everything(tmp_path)
        with pytest.raises(error):
            export_views(path, folder, "csv", on_view=fail)
        assert everything(tmp_path) == before
        assert {p.name for p in tmp_path.iterdir()} <= {"out"}
        export_views(path, folder)


def test_what_comes_into_the_folder_meanwhile_is_left_alone(path: Path, tmp_path: Path) -> None:
    """The export gives way."""
    folder = tmp_path / "out"
    folder.mkdir()

    def intrude(_: ExportedView) -> None:
        (folder / "mine.txt").write_text("mine")

    with pytest.raises(UsageError, match="is not empty, and no earlier export"):
        export_views(path, folder, on_view=intrude)
    assert everything(tmp_path) == {"out/mine.txt": b"mine"}


def test_a_full_disk_is_one_line(path: Path, tmp_path: Path) -> None:
    """A process that may write no large file fails in DuckDB's words on one line; all is as it was."""
    folder = tmp_path / "out"
    export_views(path, folder)
    before = everything(tmp_path)
    program = (
        "import resource, sys\n"
        "from scholar_etl.store import export_views\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "export_views(*sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path, folder], capture_output=True, text=True, env=_environment(), check=False
    )
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"scholar_etl.errors.WarehouseError: cannot export to {folder}: ")
    assert ": File too large; make room " in said
    assert everything(tmp_path) == before


@pytest.fixture
def halted(path: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield another process that exports to `out`, has written some views, and goes on when it is told to."""
    program = (
        "import sys\n"
        "from scholar_etl.store import export_views\n"
        "def halt(view):\n"
        "    if view.view == 'papers':\n"
        "        print('halted', flush=True)\n"
        "        sys.stdin.read()\n"
        "export_views(*sys.argv[1:], on_view=halt)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, path, tmp_path / "out"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "halted\n"
        yield process
        process.kill()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_a_killed_export_leaves_nothing_that_the_next_does_not_clear(
    path: Path, tmp_path: Path, halted: subprocess.Popen[str]
) -> None:
    """Its folder is not there; what it had written lies beside, hidden, until another export comes."""
    halted.send_signal(signal.SIGKILL)
    halted.wait()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".out.export-")
    export_views(path, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_two_exports_at_once_are_both_whole(path: Path, tmp_path: Path, halted: subprocess.Popen[str]) -> None:
    """The later one does not take the other's scrap away; whichever ends last is there."""
    export_views(path, tmp_path / "out", "csv")
    assert manifest_of(tmp_path / "out")["format"] == "csv"
    halted.communicate()
    assert halted.returncode == 0
    assert manifest_of(tmp_path / "out")["format"] == "parquet"
    assert set(everything(tmp_path)) == {"out/manifest.json", *(f"out/{view}.parquet" for view in VIEWS)}


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the system's way to let two folders change places."""

    def unknown(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(files.ctypes, "CDLL", unknown)


@pytest.mark.usefixtures("no_exchange")
def test_a_system_that_cannot_exchange_gets_there_too(path: Path, tmp_path: Path) -> None:
    """In steps, with the same result."""
    for form in ("csv", "parquet"):
        export_views(path, tmp_path / "out", form)
        assert manifest_of(tmp_path / "out")["format"] == form
        assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("no_exchange")
def test_a_failed_exchange_puts_back_what_was_there(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second step failing, the first is undone."""
    folder = tmp_path / "out"
    export_views(path, folder)
    before = everything(tmp_path)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(WarehouseError, match=r"cannot export to .*No space left"):
        export_views(path, folder, "csv")
    assert everything(tmp_path) == before


def test_an_export_killed_between_the_steps_is_put_back(path: Path, tmp_path: Path) -> None:
    """Where the system cannot exchange, the next export finds the earlier one aside, and first of all puts it back."""
    folder, left = tmp_path / "out", tmp_path / ".out.export-killed.part"
    export_views(path, folder)
    before = everything(folder)
    left.mkdir()
    folder.rename(left / "new.aside")
    with pytest.raises(MissingWarehouseError):
        export_views(tmp_path / "none.duckdb", folder)
    assert everything(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
