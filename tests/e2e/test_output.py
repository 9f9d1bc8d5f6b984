"""What goes to standard output is data and nothing else; each format is what it says it is."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import urllib.request
from datetime import datetime

import pytest
from testbed import ADA, Bench, command, environment, spawn, strict_json

from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite

METRICS = ["h_index", "paper_count", "citation_count", "novelty_pct", "ai_score"]
PAPER = [
    *("position", "paper_id", "category", "arxiv_category", "published_on", "has_code", "title"),
    *("authors", "et_al", "affiliation", "abstract"),
]


@pytest.fixture
def page(site: DemoSite) -> bytes:
    """Return the first author's page."""
    with urllib.request.urlopen(site.author_url(ADA)) as response:  # noqa: S310 - our own site
        return gzip.decompress(body) if (body := response.read())[:2] == b"\x1f\x8b" else body


def moment(text: str) -> datetime:
    """Read a time of a JSON document: ISO 8601, in UTC, and said so."""
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "table"])
def test_messages_never_mix_with_data(refreshed: Bench, form: str) -> None:
    """With the loudest log, standard output is the same, byte for byte."""
    for arguments in (["diff", "--to", "2999-01-01"], ["sql", "from author_metrics order by all"], ["watch", "list"]):
        quiet = refreshed(*arguments, "--format", form)
        loud = refreshed("--log-level", "debug", "--log-json", *arguments, "--format", form)
        assert (loud.code, loud.out) == (0, quiet.out) or arguments[0] == "diff"
        assert quiet.err == ""
        assert quiet.out.endswith("\n")


def test_diff_as_json(refreshed: Bench, site: DemoSite) -> None:
    """One document: from, to, and the rows of the two macros by their columns; times in UTC."""
    site.configure(day=4)
    assert refreshed("refresh").code == 0
    done = refreshed("diff", "--since", "24h", "--format", "json")
    assert (done.code, done.err) == (0, "")
    document = strict_json(done.out)
    assert list(document) == ["from", "to", "metrics", "papers"]
    assert (moment(document["to"]) - moment(document["from"])).total_seconds() == 86_400
    for name, macro in (("metrics", "metric_diff"), ("papers", "paper_diff")):
        columns = [
            row["column_name"] for row in refreshed.rows(f"describe from {macro}(now()::timestamp, now()::timestamp)")
        ]
        assert document[name]
        assert all(list(row) == columns for row in document[name])
        assert all(row["cause"] == "source" and moment(row["changed_at"]) for row in document[name])
    assert {row["metric"] for row in document["metrics"]} == set(METRICS)
    first = next(row for row in document["metrics"] if row["metric"] == "h_index")
    assert (first["old_value"], type(first["new_value"]), first["delta"], first["pct_change"]) == (
        None,
        int,
        None,
        None,
    )


def test_diff_answers_by_its_exit_code(refreshed: Bench) -> None:
    """With --exit-code 1 says that there are changes, 0 that there are none; without it 0 is always said."""
    now = refreshed.value("select max(finished_at) from runs").isoformat()
    assert refreshed("diff", "--exit-code").code == 1
    assert refreshed("diff").code == 0
    quiet = refreshed("diff", "--from", now, "--exit-code")
    assert quiet.code == 0
    assert quiet.out.startswith("nothing changed from ")
    document = strict_json(refreshed("diff", "--from", now, "--exit-code", "--format", "json").out)
    assert (document["metrics"], document["papers"]) == ([], [])
    assert refreshed("diff", str(ADA), "--exit-code").code == 1


def test_diff_of_one_author_is_his(refreshed: Bench) -> None:
    """Named by label, bare id or author_id; also when he is no longer on the watchlist."""
    for name in ("Yichong Leng", "1001", "scholarfeed:1001"):
        document = strict_json(refreshed("diff", name, "--format", "json").out)
        assert {row["author_id"] for row in document["metrics"] + document["papers"]} == {"scholarfeed:1001"}
    refreshed.watch()
    assert all(
        refreshed("diff", name, "--exit-code").code == 1 for name in ("yichong leng", "1001", "scholarfeed:1001")
    )


def test_diff_as_csv(settled: Bench) -> None:
    """The same rows in one table: a header, then a line for each changed metric and paper."""
    document = strict_json(settled("diff", "--format", "json").out)
    expected = len(document["metrics"]) + len(document["papers"])
    rows = list(csv.DictReader(io.StringIO(settled("diff", "--format", "csv").out)))
    assert len(rows) == expected
    assert {row["kind"] for row in rows} == {"metric", "paper"}


def test_sql_as_csv_and_json(settled: Bench) -> None:
    """Both hold every row by its column's name; NULL is empty in CSV and null in JSON, times are ISO 8601 in UTC."""
    query = (
        "select author_id, name, h_index, null as nothing, first_seen_at, tags, h_index > 20 as high, "
        "h_index / 7 as ratio from authors order by author_id"
    )
    expected = settled.rows(query)
    documents = strict_json(settled("sql", query, "--format", "json").out)
    table = list(csv.DictReader(io.StringIO(settled("sql", query, "--format", "csv").out), strict=True))
    assert len(documents) == len(table) == len(expected) == 3
    for row, document, line in zip(expected, documents, table, strict=True):
        assert list(document) == list(line) == list(row)
        assert document == {**row, "first_seen_at": f"{row['first_seen_at'].isoformat()}Z", "ratio": row["ratio"]}
        assert line["name"] == row["name"]
        assert (int(line["h_index"]), line["nothing"], float(line["ratio"])) == (row["h_index"], "", row["ratio"])
        assert line["first_seen_at"] == document["first_seen_at"]
        assert (line["high"], json.loads(line["tags"])) == (str(row["high"]).lower(), [])


def test_sql_that_finds_nothing(settled: Bench) -> None:
    """No row is an empty array, and a header alone."""
    assert settled("sql", "from authors where false", "--format", "json").out == "[]\n"
    assert len(settled("sql", "from authors where false", "--format", "csv").out.splitlines()) == 1
    assert settled("sql", "-", "--format", "csv", stdin=b"select 1 as one").out == "one\n1\n"


def test_extract_as_json(settled: Bench, page: bytes) -> None:
    """The document of the contract, name by name and in its order; what the page does not show is null."""
    done = settled("extract", "-", stdin=page)
    assert (done.code, done.err) == (0, "")
    document = strict_json(done.out)
    names = ["source", "outcome", "extractor_version", "author", "metrics", "listing_complete", "papers", "problems"]
    assert list(document) == names
    assert (document["source"], document["outcome"]) == ("scholarfeed", "accepted")
    assert document["author"] == {"name": "Yichong Leng", "field": "CL"}
    assert document["metrics"] == dict(zip(METRICS, (27, 29, 6209, 54, 55), strict=True))
    assert document["listing_complete"] is True
    assert len(document["papers"]) == 29
    assert all(list(paper) == PAPER for paper in document["papers"])
    assert sum(paper["has_code"] for paper in document["papers"]) == 5
    assert sum(paper["affiliation"] is None for paper in document["papers"]) == 21


def test_extract_needs_no_project(page: bytes, tmp_path: str) -> None:
    """From a file, in a folder that is none, the same; a date without a year is resolved against --fetched-at."""
    file = f"{tmp_path}/page.html"
    with open(file, "wb") as stream:  # noqa: PTH123 - a path of text, as a person gives it
        stream.write(page)
    done = spawn("--project", f"{tmp_path}/no-such-folder", "extract", file, "--fetched-at", "2999-06-01")
    assert done.code == 0
    years = {paper["published_on"][:4] for paper in strict_json(done.out)["papers"]}
    assert "2999" in years


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("captcha", "blocked"),
        ("login", "login_required"),
        ("empty_shell", "empty_shell"),
        ("no_profile", "not_a_profile"),
    ],
)
def test_extract_of_a_refused_page(settled: Bench, site: DemoSite, fault: str, outcome: str) -> None:
    """Exit 4; the JSON says what the page is and why, and holds no fact of it."""
    site.configure(faults={ADA: fault})
    with urllib.request.urlopen(site.author_url(ADA)) as response:  # noqa: S310 - our own site
        refused = settled("extract", "-", stdin=response.read())
    assert (refused.code, refused.err) == (4, "")
    document = strict_json(refused.out)
    assert document["outcome"] == outcome
    assert document["author"] == {"name": None, "field": None}
    assert document["metrics"] == dict.fromkeys(METRICS)
    assert (document["papers"], document["listing_complete"]) == ([], None)
    assert all(problem["detail"] for problem in document["problems"] if problem["severity"] == "error")
    assert any(problem["severity"] == "error" for problem in document["problems"])


def test_status_as_json(settled: Bench) -> None:
    """One document with the last run, every author's freshness, what is held, and sizes."""
    document = strict_json(settled("status", "--check", "--format", "json").out)
    assert document["last_run"]["status"] == "complete"
    assert {row["author_id"] for row in document["authors"]} == {f"scholarfeed:{facts.FIRST_KEY + n}" for n in range(3)}
    assert document["findings"] == []
    assert document["warehouse"]["size_bytes"] == settled.published.stat().st_size
    assert moment(document["last_run"]["started_at"]) < moment(document["at"])


def test_status_tells_a_monitor(settled: Bench) -> None:
    """With --max-age it exits 1 when the last good refresh is older, and says so on standard error."""
    assert settled("status", "--max-age", "1h").code == 0
    done = settled("status", "--max-age", "0m")
    assert done.code == 1
    assert "the last good refresh is older than " in done.error


def test_a_reader_that_goes_away_is_no_fault(settled: Bench) -> None:
    """Output into a pipe that nobody reads any more ends in silence."""
    for form, rows in (("csv", 200_000), ("json", 200_000), ("table", 3_000)):
        with subprocess.Popen(
            command("--project", str(settled.folder), "sql", f"from range({rows})", "--format", form),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(1)
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait() == 0, form
