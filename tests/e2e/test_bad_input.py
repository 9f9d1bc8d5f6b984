"""What is wrong is said in one line on standard error, with the right exit code, and harms nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from testbed import ADA, HISTORY, Bench, call, environment, free_port, strict_json

from scholar_etl.demo.site import DemoSite

HOLD = """
import sys
from scholar_etl.lock import ProjectLock
with ProjectLock(sys.argv[1]):
    print("held", flush=True)
    input()
"""
_MOVE_AWAY = "; move that file away: 'scholar-etl replay' makes it anew from the archive"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["refresh", "Nobody"], 2, "unknown author 'Nobody': not on the watchlist"),
        (["refresh", "1999"], 2, "unknown author '1999'"),
        (["diff", "Nobody"], 2, "unknown author 'Nobody'"),
        (["watch", "remove", "Nobody"], 2, "unknown author 'Nobody'"),
        (["watch", "add", "Ada"], 2, "'Ada' is no author: expected a profile's address"),
        (["watch", "add", "5", "6", "--name", "x"], 2, "--name is for one author"),
        (["watch", "add"], 2, "Missing argument 'URL-OR-ID...'"),
        (["nothing"], 2, "No such command 'nothing' (see 'scholar-etl --help')"),
        (["diff", "--since", "7x"], 2, "'7x' is no span: expected such as 24h, 7d or 2w"),
        (["diff", "--since", "999999w"], 2, "'999999w' is too long"),
        (["diff", "--from", "2026-13-01"], 2, "'2026-13-01' is no ISO 8601 time"),
        (["diff", "--from", "yesterday"], 2, "'yesterday' is no ISO 8601 time"),
        (["diff", "--from", "0001-01-01T00:00+14:00"], 2, "is too far away"),
        (["diff", "--from", "2026-02-01", "--to", "2026-01-01"], 2, "is later than --to"),
        (["diff", "--from", "2026-02-01", "--since", "1d"], 2, "--since and --from say the same thing twice"),
        (["diff", "--format", "xml"], 2, "Invalid value for '--format'"),
        (["sql", ""], 1, 'the query is empty: try "from authors"'),
        (["sql", " ; "], 1, "the query is empty"),
        (["sql", "selekt 1"], 1, 'the query failed: Parser Error: syntax error at or near "selekt"'),
        (["sql", "from nothing"], 1, "the query failed: Catalog Error"),
        (["sql", "select h_index // 0 :: varchar from authors where"], 1, "the query failed"),
        (["extract", "no-such-file.html"], 2, "cannot read no-such-file.html: No such file or directory"),
        (["extract", "."], 2, "cannot read .: Is a directory"),
        (["extract", "-", "--source", "nowhere"], 2, "unknown source 'nowhere': known are scholarfeed"),
        (["extract", "-", "--fetched-at", "9999-12-31"], 2, "is too far away"),
        (["status", "--max-age", "soon"], 2, "'soon' is no span"),
        (["--log-level", "loud", "status"], 2, "Invalid value for '--log-level'"),
    ],
)
def test_a_wrong_call_is_one_line(settled: Bench, arguments: list[str], code: int, says: str) -> None:
    """Nothing on standard output, no traceback, the published file as it was."""
    before = settled.published.read_bytes()
    done = settled(*arguments)
    assert (done.code, done.out) == (code, "")
    assert done.error.startswith("scholar-etl: ")
    assert says in done.error
    assert settled.published.read_bytes() == before


@pytest.mark.parametrize(
    "query",
    [
        "insert into etl.watch select * from etl.watch",
        "delete from etl.run",
        "update etl.run set status = 'complete'",
        "create table mine as select 1",
        "create or replace view authors as select 1",
        "drop view authors",
        "copy authors to '{folder}/stolen.csv'",
        "export database '{folder}/stolen'",
        "attach '{folder}/stolen.duckdb'",
        "attach '{folder}/data/scholar.duckdb' as again (read_write)",
        "use memory; detach scholar; attach '{folder}/data/scholar.duckdb' as again; delete from again.etl.run",
        "copy (select 1) to '{folder}/data/scholar.duckdb' (use_tmp_file false)",
        "from read_csv('/etc/passwd')",
        "from read_text('/etc/passwd')",
        "from '{folder}/scholar-etl.toml'",
        "from glob('/*')",
        "from read_csv('http://127.0.0.1:{port}/robots.txt')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset enable_external_access",
    ],
)
def test_sql_writes_nothing_and_reaches_nothing(settled: Bench, site: DemoSite, query: str) -> None:
    """A query that would write, read another file or use the network is refused in one line."""
    before = {path: path.read_bytes() for path in settled.folder.rglob("*") if path.is_file()}
    site.forget_requests()
    done = settled("sql", query.format(folder=settled.folder, port=site.url.rpartition(":")[2]))
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith("scholar-etl: the query failed: ")
    assert {path: path.read_bytes() for path in settled.folder.rglob("*") if path.is_file()} == before
    assert site.requests() == []


@pytest.mark.parametrize("file", ["scholar-etl.toml", "watchlist.toml"])
@pytest.mark.parametrize("text", [None, "[", "typo = 1", "\x00"])
def test_a_wrong_configuration_stops_a_refresh_before_it_begins(
    refreshed: Bench, site: DemoSite, file: str, text: str | None
) -> None:
    """A missing, broken or misspelt file: exit 2, the file is named, no request is made, the warehouse is unharmed."""
    path = refreshed.folder / file
    path.unlink() if text is None else path.write_text(text)
    before = refreshed.published.read_bytes()
    site.forget_requests()
    done = refreshed("refresh")
    assert (done.code, done.out) == (2, "")
    assert done.error.startswith(f"scholar-etl: {path}: ")
    assert refreshed.published.read_bytes() == before
    assert site.requests() == []


@pytest.mark.parametrize(("name", "value"), [("FETCH__TIMEOUT_S", "abc"), ("FETCH__TYPO", "1")])
def test_a_wrong_variable_is_named(settled: Bench, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Exit 2, by the variable's name."""
    monkeypatch.setenv(f"SCHOLAR_ETL_{name}", value)
    done = settled("status")
    assert done.code == 2
    assert done.error.startswith(f"scholar-etl: environment variable SCHOLAR_ETL_{name}: ")


def test_nothing_is_there_before_the_first_refresh(bench: Bench) -> None:
    """Every command that reads says that there is no warehouse yet and what to do."""
    for arguments in (["diff"], ["sql", "from authors"], ["status"]):
        done = bench(*arguments)
        assert (done.code, done.out) == (1, "")
        assert done.error == f"scholar-etl: no warehouse at {bench.published} yet: run 'scholar-etl refresh' first"


@pytest.mark.parametrize("where", ["refused", "unknown"])
def test_an_unreachable_host_is_named_with_its_reason(refreshed: Bench, where: str) -> None:
    """Every author is named, exit 3, the failures are captures, and history stays as it was."""
    url, reason = {
        "refused": (f"http://127.0.0.1:{free_port()}", "cannot connect to 127.0.0.1: connection refused"),
        "unknown": ("http://nowhere.invalid", "cannot connect to nowhere.invalid: unknown host"),
    }[where]
    before = refreshed.tables(("author_metrics", "papers", "paper_history"))
    refreshed.set(refreshed.base_url, url)
    done = refreshed("refresh")
    assert (done.code, done.out) == (3, "")
    *named, summary = done.err.splitlines()
    assert summary == "0 of 3 authors refreshed, 3 not"
    assert len(named) == 3
    assert all(reason in line and ": unavailable - " in line for line in named)
    assert refreshed.tables(("author_metrics", "papers", "paper_history")) == before
    failed = refreshed.rows("select http_status, outcome from captures order by fetched_at desc limit 3")
    assert {(row["http_status"], row["outcome"]) for row in failed} == {(None, "unavailable")}


def test_a_locked_project_names_its_holder(refreshed: Bench) -> None:
    """While another process holds the project, a refresh ends at once and says which one, by its number."""
    before = refreshed.published.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(refreshed.folder / ".scholar-etl.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        done = refreshed("refresh")
        assert refreshed("diff").code == 0
        holder.communicate(b"\n")
    assert (done.code, done.out) == (1, "")
    assert f"is locked by process {holder.pid} " in done.error
    assert refreshed.published.read_bytes() == before
    assert refreshed("refresh").code == 0


@pytest.mark.parametrize("content", [b"", b"no database" * 1_000])
def test_a_published_file_that_is_no_warehouse(refreshed: Bench, content: bytes) -> None:
    """Whoever reads or writes says in a line that it cannot be opened; the file stays as it is. Mended, it is used."""
    good = refreshed.published.read_bytes()
    for path in refreshed.published.parent.glob(".scholar.duckdb.*"):
        path.unlink()
    refreshed.published.write_bytes(content)
    for arguments in (["diff"], ["sql", "from authors"], ["status"], ["refresh"]):
        done = refreshed(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert str(refreshed.published) in done.error
        assert not content or done.error.endswith(_MOVE_AWAY)
    assert refreshed.published.read_bytes() == content
    refreshed.published.write_bytes(good)
    assert refreshed("refresh").code == 0
    assert refreshed.value("select count(*) from captures") == 6


def test_a_damaged_file_is_made_anew(refreshed: Bench) -> None:
    """What the line says to do helps: the damaged file moved away, 'replay' makes it from the archive; so without both.

    Of the runs only that is known then that they were, and the status claims no more.
    """
    before = refreshed.tables(HISTORY)
    private = refreshed.published.with_name(".scholar.duckdb.writer")
    private.write_bytes(b"no database" * 1_000)
    done = refreshed("replay")
    assert (done.code, done.error.endswith(_MOVE_AWAY)) == (1, True)
    private.unlink()
    assert refreshed("replay").code == 0
    assert refreshed.tables(HISTORY) == before
    private.unlink()
    refreshed.published.unlink()
    assert refreshed("replay").code == 0
    assert refreshed.tables(HISTORY) == before
    assert re.search(r"^last run .* ago\), unknown$", refreshed("status").out, re.MULTILINE)


def test_a_database_of_something_else(refreshed: Bench, tmp_path: Path) -> None:
    """It is neither read as a warehouse nor made one: the line says to name another file."""
    other = tmp_path / "other.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{other}' as other (storage_version 'v1.5.0')")
        connection.execute("create table other.mine as from range(3)")
    before = other.read_bytes()
    refreshed.set("[fetch]", f'[paths]\nwarehouse = "{other}"\n[fetch]')
    for arguments in (["status"], ["diff"], ["sql", "from authors"], ["refresh"], ["replay"]):
        done = refreshed(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert (
            done.error
            == f"scholar-etl: {other} is no warehouse but another database: name another file in paths.warehouse"
        )
    assert other.read_bytes() == before


def test_a_warehouse_of_a_newer_version(refreshed: Bench, site: DemoSite) -> None:
    """It is not touched: the line says to upgrade, and no request is made."""
    with duckdb.connect(str(refreshed.published)) as connection:
        connection.execute("insert into etl.migration values (999, 'later', now()::timestamp)")
    for path in refreshed.published.parent.glob(".scholar.duckdb.*"):
        path.unlink()
    before = refreshed.published.read_bytes()
    site.forget_requests()
    done = refreshed("refresh")
    assert (done.code, done.out) == (1, "")
    assert "the warehouse is of version 999" in done.error
    assert "upgrade scholar-etl" in done.error
    assert refreshed.published.read_bytes() == before
    assert site.requests() == []


def test_folders_that_cannot_be_used(refreshed: Bench) -> None:
    """Where no folder can be, or something is already, one line says so and nothing is written over."""
    below = refreshed.published / "below"
    done = call("init", str(below))
    assert (done.code, done.error) == (1, f"scholar-etl: cannot write to {below}: Not a directory; name another folder")
    done = call("demo", "--dir", str(below))
    assert (done.code, done.error) == (1, f"scholar-etl: cannot write to {below}: Not a directory; name another folder")
    assert call("init", str(refreshed.published)).code == 2
    before = {path: path.stat().st_mtime_ns for path in refreshed.folder.rglob("*")}
    done = call("demo", "--dir", str(refreshed.folder))
    assert done.code == 2
    assert done.error.startswith(f"scholar-etl: {refreshed.folder} is not empty: choose another folder with --dir")
    assert {path: path.stat().st_mtime_ns for path in refreshed.folder.rglob("*")} == before


def test_debug_shows_the_traceback_and_nothing_else_does(bench: Bench) -> None:
    """The line stays the last one."""
    assert bench("diff").error
    with_traceback = bench("--debug", "diff")
    lines = with_traceback.err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("scholar-etl: no warehouse at ")
    assert with_traceback.code == 1


def test_with_json_logs_every_line_is_an_object(refreshed: Bench, site: DemoSite) -> None:
    """Log, named failures, summary, errors and their tracebacks: each one JSON object on its line, data untouched."""
    site.configure(faults={ADA: "no_profile"})
    done = refreshed("--log-json", "--log-level", "debug", "refresh")
    records = [json.loads(line) for line in done.err.splitlines()]
    assert done.code == 3
    assert {"at", "level", "logger", "message"} <= records[0].keys()
    assert records[-1]["message"] == "2 of 3 authors refreshed, 1 not"
    assert any("(scholarfeed:1001): not a profile" in r["message"] and r["level"] == "warning" for r in records)
    (record,) = (json.loads(line) for line in refreshed("--log-json", "--debug", "sql", "selekt").err.splitlines())
    assert record["level"] == "error"
    assert record["traceback"].startswith("Traceback")
    assert strict_json(refreshed("--log-json", "diff", "--format", "json").out)["metrics"]


def test_a_lost_archive_is_no_trap(refreshed: Bench, site: DemoSite) -> None:
    """Where the archive lost an author's page, a 304 says nothing: the page is asked for again, whole."""
    shutil.rmtree(refreshed.folder / "data/archive")
    site.forget_requests()
    done = refreshed("refresh")
    assert (done.code, done.err.splitlines()[-1]) == (0, "3 of 3 authors refreshed")
    asked = [r for r in site.requests() if r["path"].startswith("/author/")]
    assert [r["if_none_match"] for r in asked] == [None] * 3
    assert refreshed("--log-level", "error", "refresh").code == 0
    assert [r["status"] for r in site.requests() if r["path"].startswith("/author/")][3:] == [304] * 3


def test_an_unwritable_archive_stops_in_one_line(refreshed: Bench) -> None:
    """Nothing is judged that could not be kept."""
    before = refreshed.published.read_bytes()
    refreshed.set("[fetch]", f'[paths]\narchive = "{refreshed.published}/no"\n[fetch]')
    done = refreshed("--log-level", "error", "refresh")
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith(f"scholar-etl: cannot write {refreshed.published}/no/")
    assert refreshed.published.read_bytes() == before


@pytest.mark.parametrize("name", ["report", "data"])
def test_a_file_in_the_place_of_a_folder(bench: Bench, tmp_path: Path, name: str) -> None:
    """A warehouse below a file cannot be: one line, exit 1."""
    (bench.folder / name).write_text("a file")
    bench.set("[fetch]", f'[paths]\nwarehouse = "{name}/w.duckdb"\n[fetch]')
    done = bench("refresh")
    assert (done.code, done.out) == (1, "")
    assert f"{bench.folder / name}" in done.error
