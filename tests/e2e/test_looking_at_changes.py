"""`diff` and `history` on twelve days of the bundled site, on fixed dates: what people see, word by word."""

from __future__ import annotations

import csv
import io
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from testbed import ADA, BEN, CAI, DEE, Bench, spawn, strict_json

from scholar_etl.cli.history import _COLUMNS
from scholar_etl.demo import facts
from scholar_etl.demo.scene import ROBOTS
from scholar_etl.demo.site import DemoSite
from scholar_etl.pipeline import refresh

FIRST = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAYS = 12
GONE = DEE + 1
"""An author whose page is gone after three days."""
LATE = DEE + 2
"""An author who is followed from the third day on."""
GOLDEN = Path(__file__).parent / "golden"
WEEK = ("--from", "2026-03-06", "--to", "2026-03-14")


@pytest.fixture(scope="module")
def lived(running_site: DemoSite, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a project with twelve refreshes, a day apart, for tests that change nothing in it."""
    running_site.configure(authors=25, robots=ROBOTS, faults={}, metrics={}, profiles={}, markup="cards")
    bench = Bench(tmp_path_factory.mktemp("lived"), running_site.url)
    followed = [ADA, BEN, CAI, DEE, GONE]
    for day in range(DAYS):
        at = FIRST + timedelta(days=day)
        if day == 2:
            followed.append(LATE)
        bench.watch(*followed)
        running_site.configure(day=day, today=at.date())
        refresh(bench.project, clock=lambda at=at: at)
    text = (bench.folder / "watchlist.toml").read_text()
    for key in (ADA, DEE):
        text = text.replace(f"scholarfeed = {key}\n", f'scholarfeed = {key}\ntags = ["speech", "tag {key}"]\n')
    (bench.folder / "watchlist.toml").write_text(text)
    return bench


def changed(bench: Bench, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """Return the metrics and papers of a diff."""
    done = bench("diff", *arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    document = strict_json(done.out)
    return {"metrics": document["metrics"], "papers": document["papers"]}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("diff.txt", ["diff", *WEEK]),
        ("diff.csv", ["diff", *WEEK, "--format", "csv"]),
        ("diff.md", ["diff", "1004", *WEEK, "--format", "markdown"]),
        ("diff.json", ["diff", "1004", *WEEK, "--format", "json"]),
        ("diff-first-seen.txt", ["diff", "--from", "2026-03-03T12:00", "--to", "2026-03-05"]),
        ("diff-nothing.txt", ["diff", "1002", "1005", "--from", "2026-03-06", "--to", "2026-03-10"]),
        ("history.txt", ["history", "Yichong Leng", "--to", "2026-04-01"]),
        ("history-steps.txt", ["history", "1001", "--metric", "citation_count", *WEEK]),
        ("history-compare.txt", ["history", "1003", "1004", "1005", "--compare", "--metric", "paper_count"]),
        ("history.csv", ["history", "1001", "--metric", "novelty_pct", "--to", "2026-03-06", "--format", "csv"]),
        ("history.md", ["history", "1001", "--metric", "h_index", "--to", "2026-04-01", "--format", "markdown"]),
        ("history.json", ["history", "1005", "--metric", "citation_count", "--format", "json"]),
    ],
)
def test_what_is_shown(lived: Bench, name: str, arguments: list[str]) -> None:
    """Every character, from the site's facts to the terminal. To accept new ones: GOLDEN=write pytest, then look."""
    done = lived(*arguments)
    assert (done.code, done.err) == (0, "")
    file = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        file.write_text(done.out)
    assert done.out == file.read_text()


def test_the_biggest_movers_come_first(lived: Bench) -> None:
    """Authors stand in the order of their largest change in percent; the rows of one author stand together."""
    rows = list(csv.DictReader(io.StringIO(lived("diff", *WEEK, "--format", "csv").out)))
    authors = list(dict.fromkeys(row["author_id"] for row in rows))
    runs = [row["author_id"] for n, row in enumerate(rows) if n == 0 or rows[n - 1]["author_id"] != row["author_id"]]
    assert runs == authors
    moves = [max(abs(float(r["pct_change"])) for r in rows if r["author_id"] == a and r["pct_change"]) for a in authors]
    assert moves == sorted(moves, reverse=True)
    assert len(authors) > 2


def test_every_format_has_the_same_rows(lived: Bench) -> None:
    """Of authors known before, and of those first seen: JSON and CSV have their papers, the macros have the same."""
    for window in (WEEK, ("--from", "2026-03-01", "--to", "2026-03-14")):
        document = changed(lived, *window)
        rows = list(csv.DictReader(io.StringIO(lived("diff", *window, "--format", "csv").out)))
        assert sum(r["kind"] == "metric" for r in rows) == len(document["metrics"])
        assert sum(r["kind"] == "paper" for r in rows) == len(document["papers"])
        for name, macro in (("metrics", "metric_diff"), ("papers", "paper_diff")):
            query = f"from {macro}('{window[1]}', '{window[3]}')"
            found = strict_json(lived("sql", query, "--format", "json").out)
            assert sorted(map(str, found)) == sorted(map(str, document[name]))


def test_a_tag_stands_for_its_authors(lived: Bench) -> None:
    """Alone, with others, beside authors by name; a tag that nobody has is a mistake."""
    ids = {f"scholarfeed:{key}" for key in (ADA, DEE)}
    both = changed(lived, "--tag", "speech", *WEEK)
    assert {row["author_id"] for row in both["metrics"]} == ids
    assert changed(lived, "--tag", f"tag {ADA}", "--tag", f"tag {DEE}", *WEEK) == both
    assert changed(lived, str(DEE), "--tag", f"tag {ADA}", *WEEK) == both
    done = lived("diff", "--tag", "spech")
    assert (done.code, done.out) == (2, "")
    assert "nobody on the watchlist has the tag 'spech'" in done.error


def test_a_metric_alone(lived: Bench) -> None:
    """--metric leaves out other metrics, and papers; given twice it takes both."""
    everything = changed(lived, *WEEK)["metrics"]
    for wanted in (["h_index"], ["citation_count", "ai_score"]):
        arguments = [argument for metric in wanted for argument in ("--metric", metric)]
        found = changed(lived, *WEEK, *arguments)
        assert found["papers"] == []
        assert sorted(map(str, found["metrics"])) == sorted(str(r) for r in everything if r["metric"] in wanted)


@pytest.mark.parametrize("size", ["2", "10", "2.5%", "10 %", "0%"])
def test_small_changes_are_left_out(lived: Bench, size: str) -> None:
    """By number and in percent of the old value; what has no size stays: papers, and a metric's first value."""
    window = ("--from", "2026-03-03", "--to", "2026-03-14")
    everything, found = changed(lived, *window), changed(lived, *window, "--min-change", size)
    column, least = ("pct_change", float(size.rstrip(" %"))) if "%" in size else ("delta", float(size))
    wanted = [r for r in everything["metrics"] if r[column] is None or abs(r[column]) >= least]
    assert sorted(map(str, found["metrics"])) == sorted(map(str, wanted))
    assert sorted(map(str, found["papers"])) == sorted(map(str, everything["papers"]))
    assert any(r["delta"] is None for r in wanted)


@pytest.mark.parametrize("size", ["", "x", "-1", "5%%", "%", "1e3", "nan"])
def test_a_size_that_is_none(lived: Bench, size: str) -> None:
    """The command line is wrong, and the line says what would be right."""
    done = lived("diff", f"--min-change={size}")
    assert (done.code, done.out) == (2, "")
    assert "is no size of a change: expected such as 5 or 10%" in done.error


def test_the_exit_code_heeds_what_is_left_out(lived: Bench) -> None:
    """In every format: 1 when a wanted change is there, 0 when none is, whatever else changed."""
    for form in ("table", "json", "csv", "markdown"):
        arguments = ("diff", "1001", *WEEK, "--metric", "citation_count", "--exit-code", "--format", form)
        assert lived(*arguments).code == 1
        assert lived(*arguments, "--min-change", "1000").code == 0


def test_nothing_changed_says_since_when(lived: Bench) -> None:
    """The newest page by the later moment, and the author not seen for longest; never a page that came after it."""
    quiet = lived("diff", "1002", "--from", "2026-03-04", "--to", "2026-03-08").out
    assert quiet == (
        "nothing changed from 2026-03-04 00:00:00 UTC to 2026-03-08 00:00:00 UTC; "
        "last confirmed 2026-03-07 05:00:00 UTC\n"
    )
    filtered = lived("diff", *WEEK, "--metric", "h_index", "--min-change", "100").out
    assert filtered.startswith("no such change from ")
    assert filtered.endswith("last confirmed 2026-03-13 05:00:00 UTC, the stalest author 2026-03-04 05:00:00 UTC\n")
    before = lived("diff", "--from", "2026-01-01", "--to", "2026-01-02").out
    assert before.endswith("; no page has been accepted yet\n")


def test_where_all_are_new_it_says_what_to_ask_for(lived: Bench, refreshed: Bench) -> None:
    """With the first refresh within the time: from which moment on there are changes; not while it is the only one."""
    told = lived("diff", "--from", "2026-03-01", "--to", "2026-03-14").out
    *_, summary, hint = told.splitlines()
    assert summary.startswith("nothing changed for authors known before, 6 authors first seen; ")
    asked = re.fullmatch("the first refresh is within this time: (--from) ([^ ]+) shows what changed since then", hint)
    assert asked is not None
    *_, summary = lived("diff", *asked.groups(), "--to", "2026-03-14").out.splitlines()
    assert re.match("[45] authors changed, .*, 1 author first seen; ", summary)
    assert "First seen" in refreshed("diff").out
    assert "--from" not in refreshed("diff").out


def test_history_rows_are_those_of_the_view(lived: Bench) -> None:
    """Over all time every row of author_metrics, by its columns; within a time those that held at some moment of it."""
    view = "from author_metrics where author_id = 'scholarfeed:1001'"
    rows = strict_json(lived("history", "1001", "--format", "json").out)
    assert all(tuple(row) == _COLUMNS for row in rows)
    columns = _COLUMNS[:7]
    plain = strict_json(lived("sql", view, "--format", "json").out)
    assert sorted(str([row[c] for c in columns]) for row in rows) == sorted(str(list(r.values())) for r in plain)
    for metric in {row["metric"] for row in rows}:
        own = [row for row in rows if row["metric"] == metric]
        assert [row["old_value"] for row in own] == [None, *(row["value"] for row in own[:-1])]
        assert all(row["delta"] == row["value"] - row["old_value"] for row in own[1:])
    for start, end in (
        ("2026-03-04", "2026-03-07"),
        ("2026-03-05T05:00", "2026-03-05T05:00"),
        ("2026-03-20", "2026-04-01"),
    ):
        within = strict_json(lived("history", "1001", "--from", start, "--to", end, "--format", "json").out)
        held = f"{view} and valid_from <= '{end}' and (valid_to is null or valid_to > '{start}')"
        assert len(within) == len(strict_json(lived("sql", held, "--format", "json").out))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["Nobody"], 2, "unknown author 'Nobody'"),
        ([], 2, "Missing argument 'AUTHOR...'"),
        (["1001", "1002", "--compare"], 2, "--compare shows one metric: give one"),
        (["1001", "--compare", "--metric", "h_index", "--metric", "ai_score"], 2, "--compare shows one metric"),
        (["1001", "--metric", "fame"], 2, "'fame' is not one of"),
        (["1001", "--since", "1d", "--from", "2026-03-01"], 2, "--since and --from say the same thing twice"),
        (["1001", "--to", "2026-03-01"], 1, "no value of scholarfeed:1001 is known there"),
        (["1099"], 1, "no history of scholarfeed:1099: no page has been accepted yet"),
        (["1001", "1099", "--format", "json"], 1, "no history of scholarfeed:1099"),
    ],
)
def test_history_that_cannot_be_shown(lived: Bench, arguments: list[str], code: int, said: str) -> None:
    """One line says what is wrong; nothing is printed, not even of authors who have a history."""
    watchlist = lived.folder / "watchlist.toml"
    text = watchlist.read_text()
    watchlist.write_text(text + "\n[[author]]\nscholarfeed = 1099\n")
    done = lived("history", *arguments)
    watchlist.write_text(text)
    assert (done.code, done.out) == (code, "")
    assert said in done.error


def test_history_finds_authors_as_refresh_does(lived: Bench) -> None:
    """By label, bare id, author_id; an author named twice is shown once."""
    expected = lived("history", "scholarfeed:1001").out
    for names in (["yichong leng"], ["1001"], ["1001", "Yichong Leng"]):
        assert lived("history", *names).out == expected


def test_a_terminal_without_blocks(lived: Bench) -> None:
    """Where the encoding has no block characters lines are ASCII, and a name that it has not is no failure."""
    for form in ("ascii", "latin-1"):
        done = spawn("--project", str(lived.folder), "history", "1001", "1005", PYTHONIOENCODING=form)
        assert (done.code, done.err) == (0, "")
        assert re.search(r"^  citations   _[_.:=+*#-]+#  6,209 on 2026-03-02", done.out, re.MULTILINE)
        assert r"\u9648" in done.out
    assert "▁" in spawn("--project", str(lived.folder), "history", "1001", PYTHONIOENCODING="utf-8").out


def test_a_missing_value_is_a_gap(bench: Bench, site: DemoSite) -> None:
    """A metric that pages no longer show keeps its value, and its line has a gap; it is never zero."""
    shown = facts.first_profile(ADA).metrics.ai_score
    for day, metrics in enumerate(({}, {ADA: {"ai_score": None}}, {ADA: {"ai_score": None}}, {})):
        at = FIRST + timedelta(days=day)
        site.configure(metrics=metrics, today=at.date())
        refresh(bench.project, [str(ADA)], clock=lambda at=at: at)
        if day == 2:
            line = bench("history", "1001", "--metric", "ai_score").out.splitlines()[1]
            assert f"  {shown} since 2026-03-02; no change; not shown since 2026-03-03" in line
            assert re.match(r"  AI Score    (▄{29,31}) {29,31}  ", line)
            (row,) = strict_json(bench("history", "1001", "--metric", "ai_score", "--format", "json").out)
            assert (row["value"], row["is_current"], row["not_shown_from"]) == (shown, True, "2026-03-03T05:00:00Z")
    (row,) = strict_json(bench("history", "1001", "--metric", "ai_score", "--format", "json").out)
    assert (row["value"], row["not_shown_from"]) == (shown, None)


@pytest.mark.parametrize("key", [ADA, BEN, CAI, DEE, GONE, LATE])
def test_an_author_alone_changes_as_among_all(lived: Bench, key: int) -> None:
    """What is said of one author is what is said of him among everybody, in the same order."""
    for window in (WEEK, ("--from", "2026-03-01", "--to", "2026-03-14")):
        everything, alone = changed(lived, *window), changed(lived, str(key), *window)
        for name, rows in alone.items():
            assert rows == [row for row in everything[name] if row["author_id"] == f"scholarfeed:{key}"]
