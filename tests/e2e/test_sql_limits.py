"""What a query of `sql` may take of the machine and of a person's patience."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from testbed import Bench, command, environment

ENDLESS = "select count(*) from range(1_000_000) a, range(1_000_000) b, range(1_000_000) c"
DEAF = "select levenshtein(repeat('x', 2_000_000 + range::int), repeat('y', 2_000_000)) from range(1)"
"""An hour's work within one value, in which DuckDB hears no interrupt."""


def cpu_s(process: subprocess.Popen[str]) -> float:
    """Return how many seconds a process has worked."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="how long a process has worked is read from /proc")
@pytest.mark.parametrize("query", [ENDLESS, DEAF], ids=["endless", "deaf"])
def test_ctrl_c_ends_a_query(settled: Bench, query: str) -> None:
    """At once, in the usual line and with exit 130, also when DuckDB itself hears nothing for an hour."""
    with subprocess.Popen(
        command("--project", str(settled.folder), "sql", query, "--timeout", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            while cpu_s(process) < 5:  # of which starting takes one
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (130, "", "scholar-etl: interrupted\n")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_reader_that_goes_away_ends_the_query(settled: Bench, form: str) -> None:
    """Also one of which DuckDB prepares the next rows, without end, while the first are written."""
    query = f"select range from range(1_000_000) union all {ENDLESS}"  # noqa: S608 - our own
    with subprocess.Popen(
        command("--project", str(settled.folder), "sql", query, "--format", form, "--timeout", "1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.read(1)
            process.stdout.close()
            process.wait(timeout=120)
        finally:
            process.kill()
    # Which of both parts comes first is DuckDB's affair: 1 when the time was up before any row was there.
    assert process.returncode in (0, 1)


@pytest.mark.parametrize("query", [ENDLESS, DEAF], ids=["endless", "deaf"])
def test_a_query_ends_when_its_time_is_up(settled: Bench, query: str) -> None:
    """Exit 1 and one line, also when DuckDB hears nothing; nothing is in the way of the next query."""
    done = subprocess.run(
        command("--project", str(settled.folder), "sql", query, "--timeout", "0.2"),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("scholar-etl: the query took longer than 0.2 s: ")
    assert len(done.stderr.splitlines()) == 1


def test_the_settings_limit_a_query(settled: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both limits are settings, which the options override."""
    monkeypatch.setenv("SCHOLAR_ETL_SQL__TIMEOUT_S", "0.1")
    assert "longer than 0.1 s" in settled("sql", ENDLESS).error
    assert "longer than 0.2 s" in settled("sql", ENDLESS, "--timeout", "0.2").error
    monkeypatch.setenv("SCHOLAR_ETL_SQL__TIMEOUT_S", "0")
    monkeypatch.setenv("SCHOLAR_ETL_SQL__MEMORY_LIMIT_MB", "60")
    limit = "select current_setting('memory_limit') as l"
    assert settled("sql", limit, "--format", "csv").out == "l\n57.2 MiB\n"
    assert settled("sql", limit, "--format", "csv", "--memory-limit", "200").out == "l\n190.7 MiB\n"


@pytest.mark.parametrize("span", ["3600", "60.5", "90s", "5m", "0", "0s"])
def test_a_time_is_seconds_or_a_span(settled: Bench, span: str) -> None:
    """Both forms are taken, and 0 is no limit."""
    assert settled("sql", "select 1 as one", "--timeout", span, "--format", "csv").out == "one\n1\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--timeout", "soon"], "'soon' is no span: expected such as 90, 90s or 5m"),
        (["--timeout", "-1"], "'-1' is no span"),
        (["--memory-limit", "10"], "10 is not in the range x>=50"),
        (["--memory-limit", "2GB"], "'2GB' is not a valid integer range"),
    ],
)
def test_a_wrong_limit_is_one_line(settled: Bench, arguments: list[str], says: str) -> None:
    """Exit 2, and what was expected."""
    done = settled("sql", "select 1", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.error


@pytest.mark.parametrize(
    "query",
    [
        "select * from range(50_000_000) order by hash(range)",
        "select count(*) from range(20_000_000) a join range(20_000_000) b on a.range = b.range",
        pytest.param("select len(range(200_000_000))", marks=pytest.mark.skipif(sys.platform != "linux", reason="")),
        pytest.param(
            "select length(repeat('x', 2_000_000_000))",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a bound of a process"),
        ),
    ],
)
def test_a_query_ends_when_it_needs_too_much_memory(settled: Bench, query: str) -> None:
    """By DuckDB's own count or, for what it does not count, the system's; the process is as it was afterwards."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    done = settled("sql", query, "--memory-limit", "150")
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith("scholar-etl: the query needs more memory than it may take: ")
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert settled("sql", "select 1 as one", "--format", "csv").out == "one\n1\n"
    assert not (settled.folder / ".tmp").exists()
