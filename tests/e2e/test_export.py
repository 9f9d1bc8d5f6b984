"""`export`: the views as files."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
from pathlib import Path

import duckdb
import pytest
from testbed import HISTORY, VIEWS, Bench, command, environment

from scholar_etl.demo.site import DemoSite


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its name there."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_parquet_is_what_the_warehouse_says(settled: Bench, tmp_path: Path) -> None:
    """A file for each public view, equal to it; nothing on standard output, one line on standard error."""
    done = settled("export", str(tmp_path / "out"))
    assert (done.code, done.out) == (0, "")
    rows = sum(settled.value(f"select count(*) from {view}") for view in VIEWS)  # noqa: S608 - our own names
    assert done.error == f"{len(VIEWS)} views with {rows:,} rows written to {tmp_path}/out"
    assert set(everything(tmp_path / "out")) == {"manifest.json", *(f"{view}.parquet" for view in VIEWS)}
    for view in VIEWS:
        back = duckdb.read_parquet(f"{tmp_path}/out/{view}.parquet")
        names = back.columns
        found = [dict(zip(names, row, strict=True)) for row in back.fetchall()]
        assert sorted(map(repr, found)) == sorted(map(repr, settled.rows(f"from {view}")))


def test_csv_is_what_sql_writes(settled: Bench, tmp_path: Path) -> None:
    """But for the form of a list and the digits of a second, cell for cell."""
    assert settled("export", str(tmp_path / "out"), "--format", "csv").code == 0
    for view in VIEWS:
        with (tmp_path / f"out/{view}.csv").open(encoding="utf-8", newline="") as stream:
            exported = list(csv.DictReader(stream, strict=True))
        shown = settled("sql", f"from {view}", "--format", "csv").out
        printed = list(csv.DictReader(io.StringIO(shown, newline=""), strict=True))
        assert sorted(map(_comparable, exported)) == sorted(map(_comparable, printed))


def _comparable(row: dict[str, str]) -> str:
    return repr(
        {
            name: json.loads(cell) if cell.startswith("[") else cell.replace(".000000Z", "Z")
            for name, cell in row.items()
        }
    )


def test_a_later_export_replaces_the_earlier(refreshed: Bench, site: DemoSite, tmp_path: Path) -> None:
    """It says what the warehouse says now, and which run was its last."""
    folder = tmp_path / "out"
    counts = []
    for day in (0, 3):
        site.configure(day=day)
        assert refreshed("refresh").code == 0
        assert refreshed("export", str(folder)).code == 0
        counts.append(duckdb.read_parquet(f"{folder}/captures.parquet").shape[0])
        newest = refreshed.value("select run_id from runs order by started_at desc limit 1")
        assert json.loads((folder / "manifest.json").read_text())["last_run_id"] == newest
    assert counts == [6, 9]
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (".", "is not empty, and no earlier export: name another folder, or remove it"),
        ("data", "is not empty, and no earlier export"),
        ("data/archive", "is no place for an export: name another folder"),
        ("data/archive/out", "is no place for an export"),
        ("data/scholar.duckdb", "is a file: name a folder"),
        ("scholar-etl.toml", "is a file"),
        ("scholar-etl.toml/out", "/scholar-etl.toml is a file: name a folder"),
    ],
)
def test_no_export_takes_the_place_of_anything(refreshed: Bench, name: str, says: str) -> None:
    """Exit 2 and one line; the project, its archive above all, is as it was."""
    before = everything(refreshed.folder)
    for form in ("parquet", "csv"):
        done = refreshed("export", str(refreshed.folder / name), "--format", form)
        assert (done.code, done.out) == (2, "")
        assert says in done.error
    assert everything(refreshed.folder) == before


def test_an_export_may_lie_in_the_project(refreshed: Bench) -> None:
    """Beside the archive as well: no command is in its way, nor it in theirs."""
    for name in ("out", "data/out"):
        assert refreshed("export", str(refreshed.folder / name)).code == 0
    assert refreshed("refresh").code == 0
    assert refreshed("status", "--check").code == 0


def test_a_full_disk_leaves_the_earlier_export(settled: Bench, tmp_path: Path) -> None:
    """A process that may write no large file: exit 1, one line with the reason, no scrap."""
    folder = tmp_path / "out"
    assert settled("export", str(folder)).code == 0
    before = everything(tmp_path)
    done = subprocess.run(
        command("--project", str(settled.folder), "export", str(folder), "--format", "csv"),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000)),
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"scholar-etl: cannot export to {folder}: ")
    assert ": File too large; make room " in line
    assert "exception" not in line
    assert everything(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder where nobody may write, root neither")
def test_a_folder_that_cannot_be_made(settled: Bench) -> None:
    """One line names it and says why, exit 1."""
    done = settled("export", "/proc/out")
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith("scholar-etl: cannot export to /proc/out: ")


def test_nothing_is_there_before_the_first_refresh(bench: Bench, tmp_path: Path) -> None:
    """It says what to do, and makes no folder."""
    done = bench("export", str(tmp_path / "out"))
    assert (done.code, done.out) == (1, "")
    assert done.error == f"scholar-etl: no warehouse at {bench.published} yet: run 'scholar-etl refresh' first"
    assert not (tmp_path / "out").exists()


def test_history_is_in_it(settled: Bench, tmp_path: Path) -> None:
    """The views that hold history are not empty here, so that the tests above compare something."""
    assert settled("export", str(tmp_path / "out")).code == 0
    for view in HISTORY:
        assert duckdb.read_parquet(f"{tmp_path}/out/{view}.parquet").shape[0] > 0
