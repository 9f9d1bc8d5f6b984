"""The cases that people meet, by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from worlds import HALF, at, capture_id, judge, observe, paper, rows

from scholar_etl import Warehouse
from scholar_etl.model import Outcome
from scholar_etl.store import LoadCounts, metric_diff, paper_diff, run_checks

SPAN_TABLES = ("paper_span", "paper_version", "paper_text")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Yield an empty warehouse."""
    with Warehouse(tmp_path / "scholar.duckdb") as opened:
        yield opened


def stored(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """Return a query's rows as tuples."""
    return [tuple(row.values()) for row in rows(warehouse.connection, query)]


def h_index(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Return the values of the h-index over the time they held."""
    return stored(
        warehouse,
        "select value, valid_from, valid_to, last_confirmed_at from author_metrics "
        "where metric = 'h_index' order by valid_from",
    )


def held(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Return the papers' versions over the time they held."""
    return stored(warehouse, "select title, valid_from, valid_to from paper_history order by title, valid_from")


def test_a_third_refresh_that_changes(warehouse: Warehouse) -> None:
    """Two equal pages confirm; a third with a new h-index and a paper closes one row and opens two."""
    warehouse.load([observe(0, [paper("x")], h_index=27)])
    spans = [stored(warehouse, f"from etl.{table}") for table in SPAN_TABLES]
    warehouse.load([observe(1, [paper("x")], h_index=27)])
    assert [stored(warehouse, f"from etl.{table}") for table in SPAN_TABLES] == spans
    assert h_index(warehouse) == [(27, at(0), None, at(1))]
    warehouse.load([observe(2, [paper("x"), paper("y")], h_index=28)])
    assert h_index(warehouse) == [(27, at(0), at(2), at(1)), (28, at(2), None, at(2))]
    assert held(warehouse) == [("On x", at(0), None), ("On y", at(2), None)]
    (metric,) = metric_diff(warehouse.connection, at(1), at(2))
    assert metric == {
        "author_id": "scholarfeed:1",
        "name": "Author 1",
        "metric": "h_index",
        "old_value": 27,
        "new_value": 28,
        "delta": 1,
        "pct_change": pytest.approx(100 / 27),
        "changed_at": at(2),
        "cause": "source",
    }
    (added,) = paper_diff(warehouse.connection, at(1), at(2))
    assert (added["title"], added["change"], added["changed_at"]) == ("On y", "added", at(2))


def test_a_value_that_returns_is_a_version_of_its_own(warehouse: Warehouse) -> None:
    """A-B-A gives three versions, of a metric and of a paper."""
    for day, value in enumerate([1, 2, 1]):
        warehouse.load([observe(day, [paper("x", has_code=value == 2)], h_index=value)])
    assert [row[0] for row in h_index(warehouse)] == [1, 2, 1]
    assert held(warehouse) == [("On x", at(0), at(1)), ("On x", at(1), at(2)), ("On x", at(2), None)]


def test_a_metric_not_shown_neither_ends_nor_starts_a_value(warehouse: Warehouse) -> None:
    """Missing is not zero: the value goes on, confirmed when it was last shown; a shown zero is a value."""
    for day, value in enumerate([5, None, 5, None, 0]):
        warehouse.load([observe(day, h_index=value)])
    assert h_index(warehouse) == [(5, at(0), at(4), at(2)), (0, at(4), None, at(4))]


def test_absence_counts_only_in_a_complete_listing(warehouse: Warehouse) -> None:
    """An incomplete listing closes nothing; the next complete one that lacks the paper does."""
    warehouse.load([observe(0, [paper("x"), paper("y")])])
    warehouse.load([observe(1, [paper("x")], complete=False)])
    assert held(warehouse) == [("On x", at(0), None), ("On y", at(0), None)]
    assert stored(warehouse, "select title, last_seen_at from papers order by title") == [
        ("On x", at(1)),
        ("On y", at(0)),
    ]
    warehouse.load([observe(2, [paper("x")])])
    assert held(warehouse) == [("On x", at(0), None), ("On y", at(0), at(2))]


def test_an_incomplete_listing_in_between_is_no_change(warehouse: Warehouse) -> None:
    """A paper that an incomplete listing left out is seen again: nothing changed, so the date of change stays."""
    warehouse.load([observe(0, [paper("x"), paper("y", 2)])])
    warehouse.load([observe(1, [paper("x")], complete=False)])
    warehouse.load([observe(2, [paper("x"), paper("y", 2)])])
    assert stored(warehouse, "select last_changed_at, last_seen_at from authors") == [(at(0), at(2))]


def test_a_delisted_paper_comes_back(warehouse: Warehouse) -> None:
    """It has two versions with a gap between, and `first_seen_at` is the first of all."""
    for day, papers in enumerate([[paper("x")], [], [paper("x")]]):
        warehouse.load([observe(day, papers)])
    assert held(warehouse) == [("On x", at(0), at(1)), ("On x", at(2), None)]
    assert stored(warehouse, "select first_seen_at, last_seen_at, position from papers") == [(at(0), at(2), 1)]
    assert stored(warehouse, "select title from papers_as_of('2026-03-02 05:00')") == []


def test_a_paper_that_only_moves_takes_its_new_place(warehouse: Warehouse) -> None:
    """Another order on the page is no new version, but `papers` shows it; so too with a paper that comes in between."""
    warehouse.load([observe(0, [paper("x"), paper("y")])])
    warehouse.load([observe(1, [paper("y"), paper("x")])])
    warehouse.load([observe(2, [paper("y"), paper("z"), paper("x")])])
    places = stored(warehouse, "select title, position from papers order by position")
    assert places == [("On y", 1), ("On z", 2), ("On x", 3)]
    assert held(warehouse) == [("On x", at(0), None), ("On y", at(0), None), ("On z", at(2), None)]


def test_a_late_page_is_placed_where_it_belongs(warehouse: Warehouse) -> None:
    """A capture older than what is known splits the time that was assumed unbroken."""
    warehouse.load([observe(0, [paper("x")], h_index=1), observe(2, [paper("x")], h_index=1)])
    warehouse.load([observe(1, [], h_index=9)])
    assert [row[:3] for row in h_index(warehouse)] == [
        (1, at(0), at(1)),
        (9, at(1), at(2)),
        (1, at(2), None),
    ]
    assert held(warehouse) == [("On x", at(0), at(1)), ("On x", at(2), None)]


def test_a_repeat_changes_nothing(warehouse: Warehouse) -> None:
    """The same observation again, alone or twice in one load, is counted as a repeat and touches no row."""
    first = observe(0, [paper("x")], h_index=1)
    assert warehouse.load([first, first]) == LoadCounts(observations=1, repeats=1)
    before = stored(warehouse, "from etl.observation")
    counts = warehouse.load([first])
    assert counts == LoadCounts(repeats=1)
    assert not counts.is_change
    assert stored(warehouse, "from etl.observation") == before


def test_a_newer_extractor_corrects_history_and_says_so(warehouse: Warehouse) -> None:
    """The change it makes is `reparse`, one that the site made is `source`; the older reading is kept aside."""
    warehouse.load([observe(0, [paper("x")], h_index=5), observe(1, [paper("x")], h_index=5)])
    counts = warehouse.load(
        [observe(1, [paper("x", has_code=True)], h_index=6, version=2), observe(2, h_index=7, version=2)]
    )
    assert counts == LoadCounts(observations=1, rereadings=1)
    assert [r["cause"] for r in metric_diff(warehouse.connection, at(0), at(1))] == ["reparse"]
    assert [r["cause"] for r in metric_diff(warehouse.connection, at(1), at(2))] == ["source"]
    assert [(r["change"], r["cause"]) for r in paper_diff(warehouse.connection, at(0), at(1))] == [
        ("changed", "reparse")
    ]
    assert [(r["change"], r["cause"]) for r in paper_diff(warehouse.connection, at(1), at(2))] == [
        ("removed", "source")
    ]
    assert stored(warehouse, "select h_index from etl.superseded_observation") == [(5,)]


def test_a_page_that_a_newer_extractor_refuses_leaves_history(warehouse: Warehouse) -> None:
    """The observation is taken out, whichever of the two comes first, and a still newer extractor may accept it."""
    refusal = judge(1, Outcome.QUARANTINED, version=2)
    warehouse.load([observe(0, h_index=1), observe(1, h_index=9)], [judge(0), judge(1)])
    assert warehouse.load([], [refusal]) == LoadCounts(retracted=1, captures=1)
    assert h_index(warehouse) == [(1, at(0), None, at(0))]
    assert warehouse.load([observe(1, h_index=9)]) == LoadCounts(repeats=1)
    assert h_index(warehouse) == [(1, at(0), None, at(0))]
    assert stored(warehouse, "select reasons, resolved_at from quarantine") == [("out_of_range: h_index is -1", None)]
    warehouse.load([observe(1, h_index=2, version=3)], [judge(1, version=3)])
    assert [row[0] for row in h_index(warehouse)] == [1, 2]
    assert stored(warehouse, "from quarantine") == []
    assert run_checks(warehouse.connection) == []


def test_a_capture_held_back_touches_nothing_else(warehouse: Warehouse) -> None:
    """It stands in `captures` and `quarantine`, with its reasons, until the author's next accepted page."""
    warehouse.load([observe(0, [paper("x")], h_index=1)], [judge(0)])
    before = [stored(warehouse, f"from {view}") for view in ("authors", "author_metrics", "paper_history")]
    counts = warehouse.load([], [judge(1, Outcome.QUARANTINED), judge(2, Outcome.BLOCKED, http_status=429)])
    assert counts == LoadCounts(captures=2)
    assert before == [stored(warehouse, f"from {view}") for view in ("authors", "author_metrics", "paper_history")]
    assert stored(warehouse, "select outcome, http_status from captures order by fetched_at") == [
        ("accepted", 200),
        ("quarantined", 200),
        ("blocked", 429),
    ]
    assert stored(warehouse, "select capture_id, resolved_at from quarantine") == [(capture_id(1, 1), None)]
    warehouse.load([observe(3)], [judge(3)])
    assert stored(warehouse, "select resolved_at from quarantine") == [(at(3),)]


def test_a_link_that_appears_later_makes_one_paper(warehouse: Warehouse) -> None:
    """With the same title on the same author's page, the time without the link counts as the linked paper's."""
    warehouse.load([observe(0, [paper("x")]), observe(1, [paper("x")])])
    warehouse.load([observe(2, [paper("x", link="2205.14807")])])
    assert stored(warehouse, "select paper_id, valid_from, valid_to from paper_history") == [
        ("arxiv:2205.14807", at(0), None)
    ]
    assert paper_diff(warehouse.connection, at(1), at(2)) == []
    assert stored(warehouse, "select paper_id, first_seen_at, last_seen_at from papers") == [
        ("arxiv:2205.14807", at(0), at(2))
    ]


def test_the_id_without_the_link_ends_without_a_change(warehouse: Warehouse) -> None:
    """An incomplete listing shows the link first, a complete one only then that the other id is gone: one paper."""
    warehouse.load([observe(0, [paper("x")])], [judge(0)])
    for day, complete in enumerate([False, True], 1):
        warehouse.load([observe(day, [paper("x", link="1")], complete=complete)], [judge(day)])
        assert stored(warehouse, "select last_changed_at, last_seen_at from authors") == [(at(0), at(day))]
    assert run_checks(warehouse.connection) == []


def test_two_papers_of_one_title_stay_two(warehouse: Warehouse) -> None:
    """Listed side by side, or with two links, they cannot be one paper."""
    warehouse.load([observe(0, [paper("x"), paper("x", link="1")])])
    warehouse.load([observe(0, [paper("x")], author=2)])
    warehouse.load([observe(1, [paper("x", link="1"), paper("x", link="2")], author=2)])
    assert stored(
        warehouse, "select count(distinct paper_id) from paper_history group by author_id order by author_id"
    ) == [(2,), (3,)]


def test_one_paper_becomes_two_when_both_are_listed(warehouse: Warehouse) -> None:
    """Also when the linked one bears another title by then, which no other paper of the author's has."""
    for day, papers in enumerate([[paper("x")], [paper("x", link="1")], [paper("x")]]):
        warehouse.load([observe(day, papers)], [judge(day)])
    assert stored(warehouse, "select distinct paper_id from paper_history") == [("arxiv:1",)]
    warehouse.load([observe(3, [paper("x"), paper("z", link="1")])], [judge(3)])
    assert stored(warehouse, "select count(distinct paper_id) from paper_history") == [(2,)]
    assert run_checks(warehouse.connection) == []


def test_a_changed_paper_has_a_row_for_each_changed_field(warehouse: Warehouse) -> None:
    """Old and new values come as text; what was not shown is NULL."""
    warehouse.load([observe(0, [paper("x", category="CL")])])
    warehouse.load([observe(1, [paper("x", category=None, has_code=True, abstract="New.", authors=("A. One",))])])
    found = paper_diff(warehouse.connection, at(0), at(1) + HALF)
    assert [(row["field"], row["old_value"], row["new_value"]) for row in found] == [
        ("abstract", "We study x.", "New."),
        ("authors", "A. One, B. Two", "A. One"),
        ("category", "CL", None),
        ("has_code", "false", "true"),
    ]
    assert paper_diff(warehouse.connection, at(0), at(1), ["scholarfeed:2"]) == []


@pytest.mark.parametrize("moment", ["'2026-03-02'", "date '2026-03-02'", "timestamp '2026-03-02 00:00:00'"])
def test_macros_take_text_dates_and_timestamps(warehouse: Warehouse, moment: str) -> None:
    """An instant may be written as people write it."""
    warehouse.load([observe(0, h_index=1)])
    assert stored(warehouse, f"select h_index from metrics_as_of({moment})") == [(1,)]  # noqa: S608


@pytest.mark.parametrize(
    ("check", "breakage"),
    [
        ("author_out_of_date", "update etl.author set h_index = 2"),
        ("author_out_of_date", "delete from etl.author"),
        ("capture_stored_twice", "insert into etl.capture from etl.capture"),
        ("content_stored_twice", "insert into etl.paper_version from etl.paper_version"),
        ("content_stored_twice", "insert into etl.paper_text from etl.paper_text"),
        (
            "observation_stored_twice",
            "insert into etl.capture select * replace (uuid() as capture_id) from etl.capture",
        ),
        ("observation_without_capture", "update etl.capture set outcome = null"),
        ("open_spans_twice", "insert into etl.listed_paper from etl.listed_paper"),
        ("overlapping_spans", "insert into etl.listed_paper from etl.listed_paper"),
        ("quarantine_without_capture", "insert into etl.quarantine values (uuid(), 'a:1', current_date, 1, [])"),
        ("run_counts_disagree", "insert into etl.run values ('r', 'k', current_date, current_date, '', 1, 3, 3, 0, 0)"),
        ("span_instants_out_of_order", "update etl.listed_paper set valid_from = '2026-01-01'"),
        ("span_without_version", "delete from etl.paper_version"),
        ("version_without_text", "delete from etl.paper_text"),
    ],
)
def test_checks_find_what_cannot_be(warehouse: Warehouse, check: str, breakage: str) -> None:
    """A sound warehouse gives no finding; each breakage is found by the check that is for it."""
    warehouse.load([observe(0, [paper("x")], h_index=1)], [judge(0)])
    assert run_checks(warehouse.connection) == []
    warehouse.connection.execute(breakage)
    assert check in {finding.check for finding in run_checks(warehouse.connection)}
