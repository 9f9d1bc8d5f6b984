"""Listings of which a part was sent: what is there is read exactly, where it is certain what belongs to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from frameworks_for_tests import EVERY_MARKUP
from markups_for_tests import compose, places
from traps_for_tests import ADDITIONS, KEY

from scholar_etl.demo import markups as bundled
from scholar_etl.demo.facts import first_profile
from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Outcome, Profile
from scholar_etl.normalise import normalise_profile

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = f"https://www.scholarfeed.org/author/{KEY}"
# Blocks that are no items of a list, and stand in nothing of their own: nothing tells where the only one ends.
UNBOUNDED = {"definition", "flat", "flat_list", "flat_title_first", "bootstrap", "lines", "labelled_lines"}


def _part(*numbers: int) -> Profile:
    """Return an author of 29 papers, some of which are shown (numbered from 0)."""
    profile = first_profile(KEY)
    papers = tuple(replace(profile.papers[n], position=place) for place, n in enumerate(numbers, start=1))
    return replace(profile, papers=papers, listing_complete=False)


def _page(part: Profile, name: str) -> bytes:
    if name in bundled.MARKUPS:
        return bundled.render(part, key=KEY, today=TODAY, markup=name)
    return compose(places(part, EVERY_MARKUP[name], TODAY), EVERY_MARKUP[name])


def _extract(page: bytes) -> Extraction:
    return extract_page(page, url=URL, fetched_at=NOON)


@pytest.mark.parametrize("name", [*bundled.MARKUPS, *EVERY_MARKUP])
def test_one_paper_of_many_is_read_where_its_end_is_certain(name: str) -> None:
    """The only paper sent of 29 is read exactly, and the listing is incomplete; without a box of its own it is held."""
    part = _part(0)
    extraction = _extract(_page(part, name))
    assert extraction.profile == (None if name in UNBOUNDED else normalise_profile(part))
    rules = {problem.rule for problem in extraction.problems}
    assert rules == ({"ambiguous_listing"} if name in UNBOUNDED else {"listing_incomplete"})


@pytest.mark.parametrize("trap", ADDITIONS)
@pytest.mark.parametrize("numbers", [(0,), (6, 7)])
def test_what_others_wrote_does_not_fill_the_gap(numbers: tuple[int, ...], trap: str) -> None:
    """Where papers are missing, no other list and no other text takes their place."""
    part = _part(*numbers)
    wrong = set()
    for name, markup in EVERY_MARKUP.items():
        parts = places(part, markup, TODAY)
        ADDITIONS[trap](parts, part, markup, TODAY)
        if _extract(compose(parts, markup)).profile not in (None, normalise_profile(part)):
            wrong.add(name)
    assert wrong == set()


@pytest.mark.parametrize(
    "lost",
    [
        "<div><h3>Another study</h3><p>Ada Lovelace</p><p>{prose}</p></div>",
        "<p>{prose}</p>",
        "<div><b>Sponsored</b></div>",
    ],
)
def test_a_paper_beside_something_unread_is_held(lost: str) -> None:
    """A box around the only paper that also holds something else may hold what is left of the others."""
    prose = "We try an engine on many tables of numbers, and find that it counts as a person would, but so much faster."
    block = (
        f'<div><p>CL · May 3, 2022</p><h3><a href="/paper/2205.00003">A study</a></h3><p>Ada Lovelace</p><p>{prose}</p>'
    )
    page = (
        "<title>Ada Lovelace</title><main><h1>Ada Lovelace</h1><p>1 h-index</p><p>3 papers</p><p>4 citations</p>"
        f"<h2>3 Papers</h2><section><div>{block}</div>%s</div></section></main>"
    )
    alone = _extract((page % "").encode())
    assert alone.profile is not None
    assert [paper.abstract for paper in alone.profile.papers] == [prose]
    assert _extract((page % lost.format(prose=prose)).encode()).outcome is Outcome.QUARANTINED
