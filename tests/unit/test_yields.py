"""What is lost and what has moved, judged on counts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scholar_etl.model import Capture, Extraction, Metrics, Outcome, Paper, Problem, Profile, Severity
from scholar_etl.yields import (
    FIELDS,
    PAGE,
    PAPER_FIELDS,
    PageYield,
    UsualYield,
    count_fields,
    count_layouts,
    fields_of,
    find_lost,
    find_moved,
    read_yield,
)

NOW = datetime(2026, 11, 25, 5, tzinfo=UTC)
SOURCE = "scholarfeed"
WHOLE = Profile(
    "Ada",
    "CL",
    Metrics(3, 1, 10, 50, 60),
    (Paper(1, "T", "CL", NOW.date(), True, ("Ada",), True, "mit", "We study.", "2201.00001"),),
    1,
    listing_complete=True,
    layout={"name": "body/h1"},
)
ALL = fields_of(WHOLE)
DROPPED = replace(WHOLE, metrics=replace(WHOLE.metrics, ai_score=None))


def capture(author: int) -> Capture:
    """Return a capture of an author's page."""
    return Capture(f"c{author}", "r", SOURCE, f"{SOURCE}:{author}", "https://x/", NOW, 200, None, "a.warc.gz", 0)


def accepted(author: int, profile: Profile = WHOLE, shown: frozenset[str] = ALL) -> PageYield:
    """Return the yield of a page that was accepted."""
    page = read_yield(capture(author), Extraction(SOURCE, Outcome.ACCEPTED, 1, profile), shown)
    assert page is not None
    return page


def held(author: int, rule: str, detail: str, outcome: Outcome = Outcome.QUARANTINED) -> PageYield | None:
    """Return the yield of a page that was not accepted."""
    problems = (Problem("flag", Severity.WARNING, "ai_score"), Problem(rule, Severity.ERROR, detail))
    return read_yield(capture(author), Extraction(SOURCE, outcome, 1, None, problems), ALL)


def lost_of(
    pages: Iterable[PageYield | None], authors: int, usual: Mapping[tuple[str, str], UsualYield] | None = None
) -> dict[str, tuple[int, int, datetime]]:
    """Return by field that is lost: on how many pages, of how many, since when."""
    given = [page for page in pages if page is not None]
    followed = Counter({(SOURCE, name): authors for name in FIELDS})
    counts = count_fields(given, usual or {}, followed, NOW)
    return {
        lost.field: (len(lost.pages), lost.expected_count, lost.since) for lost in find_lost(counts, given, usual or {})
    }


def test_a_whole_page_yields_every_field() -> None:
    """No field is without a page that can have it; a page without papers has no use for theirs."""
    assert set(FIELDS) == ALL
    bare = accepted(1, replace(WHOLE, papers=()))
    assert bare.lost == frozenset()
    assert bare.fields == set(FIELDS) - set(PAPER_FIELDS)


@pytest.mark.parametrize(
    ("lacking", "having", "followed", "is_lost"),
    [
        (40, 0, 40, True),
        (10, 30, 40, True),  # a quarter
        (9, 31, 40, False),
        (3, 0, 3, True),
        (2, 1, 3, False),
        (2, 0, 2, True),
        (1, 0, 1, True),
        (1, 0, 40, False),  # one author of many, by hand
        (2, 0, 40, False),
        (1, 39, 40, False),
        (0, 40, 40, False),
    ],
)
def test_it_takes_several_authors_and_a_share(lacking: int, having: int, followed: int, is_lost: bool) -> None:
    """Three pages, or all there can be, and a quarter of those that should show it."""
    pages = [accepted(n, DROPPED) for n in range(lacking)] + [accepted(n) for n in range(lacking, lacking + having)]
    expected = {"ai_score": (lacking, lacking + having, NOW)} if is_lost else {}
    assert lost_of(pages, followed) == expected


def test_authors_who_never_had_it_are_no_evidence() -> None:
    """A field that no page of theirs has shown is not missed, however many they are."""
    pages = [accepted(n, DROPPED, ALL - {"ai_score"}) for n in range(50)]
    assert lost_of(pages, 0) == {}
    assert lost_of([accepted(n, DROPPED, frozenset()) for n in range(50)], 0) == {}


def test_since_when_is_kept_from_run_to_run() -> None:
    """The first run is now; a later one says what the one before it said; one that finds it begins anew."""
    pages = [accepted(n, DROPPED) for n in range(5)]
    earlier = NOW - timedelta(days=4)
    usual = {(SOURCE, "ai_score"): UsualYield(10, 50, 50, earlier)}
    assert lost_of(pages, 5, usual) == {"ai_score": (5, 5, earlier)}
    assert lost_of(pages, 5, {(SOURCE, "ai_score"): UsualYield(10, 50, 50)}) == {"ai_score": (5, 5, NOW)}
    assert lost_of([accepted(n) for n in range(5)], 5, usual) == {}


@pytest.mark.parametrize(
    ("rule", "detail", "field"),
    [
        ("unread_number", "no ai_score found, but 'AI rating 55' stands by the metrics", "ai_score"),
        ("metrics_missing", "no h_index among the author's metrics", "h_index"),
        ("name_missing", "nothing above the metrics is known to be the author's name", "name"),
        ("heading_missing", "0 headings 'N Papers' below the author's metrics on the page", "heading_count"),
        ("counts_disagree", "the metrics say 12 papers, the heading says 29", PAGE),
    ],
)
def test_a_held_page_has_lost_what_its_reason_names(rule: str, detail: str, field: str) -> None:
    """Of the first hard problem; where no field is named, the page itself is lost. No other field is."""
    pages = [held(n, rule, detail) for n in range(4)]
    assert lost_of(pages, 4) == {field: (4, 4, NOW)}
    given = [page for page in pages if page]
    (lost,) = find_lost(count_fields(given, {}, Counter({(SOURCE, field): 4}), NOW), given, {})
    assert [(problem.rule, count) for problem, count in lost.reasons] == [(rule, 4)]


def test_rules_are_counted_the_commonest_first() -> None:
    """With one example of each."""
    given = [page for n in range(5) if (page := held(n, "a" if n < 2 else "b", f"page {n}"))]
    (lost,) = find_lost(count_fields(given, {}, Counter({(SOURCE, PAGE): 5}), NOW), given, {})
    assert [(p.rule, p.detail, count) for p, count in lost.reasons] == [("b", "page 2", 3), ("a", "page 0", 2)]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.ACCEPTED])
def test_only_pages_of_the_source_count(outcome: Outcome) -> None:
    """A site that refuses, fails or asks to sign in shows none of its pages."""
    page = held(1, "rule", "why", outcome)
    assert (page is not None) == (outcome in (Outcome.QUARANTINED, Outcome.EMPTY_SHELL, Outcome.NOT_A_PROFILE))


def at(path: str, count: int) -> list[PageYield]:
    """Return pages whose name stands there."""
    return [accepted(n, replace(WHOLE, layout={"name": path})) for n in range(count)]


@pytest.mark.parametrize(
    ("new", "old", "followed", "before", "is_moved"),
    [
        (40, 0, 40, {"old": 400}, True),
        (4, 36, 40, {"old": 400}, True),
        (3, 37, 40, {"old": 400}, False),  # less than a tenth
        (1, 0, 40, {"old": 400}, False),  # one author, by hand
        (1, 0, 1, {"old": 10}, True),
        (40, 0, 40, {"old": 360, "new": 40}, False),  # a tenth of the pages before
        (40, 0, 40, {}, False),  # nothing is known
    ],
)
def test_a_part_has_moved_where_it_hardly_ever_stood(
    new: int, old: int, followed: int, before: dict[str, int], is_moved: bool
) -> None:
    """On a tenth of the pages and several of them, at a place that a tenth of the earlier ones did not have."""
    pages = at("new", new) + at("old", old)
    moved = find_moved(pages, {(SOURCE, "name"): before}, Counter({(SOURCE, PAGE): followed}))
    assert [(m.part, m.path, m.usual_path, len(m.pages), m.out_of) for m in moved] == (
        [("name", "new", "old", new, new + old)] if is_moved else []
    )


def test_hostile_places_are_bounded() -> None:
    """However many and long they are, a run keeps few and short ones, the commonest."""
    pages = [page for n in range(100) for page in at(f"{n}" * 1_000, 1)] + at("common", 5)
    counts = count_layouts(pages)
    assert len(counts) == 20
    assert (counts[0].path, counts[0].page_count) == ("common", 5)
    assert max(len(count.path) for count in counts) == 200


def test_pages_that_yield_the_same_share_it() -> None:
    """A run keeps the yields of all its pages: of sets that are equal there is one."""
    one, other = accepted(1, DROPPED), accepted(2, replace(DROPPED, name="Ben"))
    assert one.lost == {"ai_score"}
    assert (one.fields is other.fields, one.found is other.found, one.lost is other.lost) == (True, True, True)
