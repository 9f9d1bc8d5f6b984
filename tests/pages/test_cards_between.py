"""Cards of papers and of other authors between the metrics and the listing: what they say is not the author's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from markups_for_tests import MARKUPS, compose, places
from traps_for_tests import KEY

from scholar_etl.demo.facts import first_profile
from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Outcome
from scholar_etl.normalise import normalise_profile
from scholar_etl.sources import scholarfeed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAPER = '<a href="/paper/2205.00003">A study</a>'
CARDS = {
    "most cited": f"<div><b>Most cited</b><p>{PAPER}</p><p>1,234 citations</p></div>",
    "latest": f"<div><b>Latest</b><div><span>RO</span><time>May 3, 2022</time></div><h4>{PAPER}</h4></div>",
    "of the author's field too": f"<div><p>CL</p>{PAPER}</div><div><p>RO</p>{PAPER}</div>",
    "co-authors": '<ul><li><a href="/author/7">Xu Tan</a> <i>5 papers</i></li></ul>',
}


def _extract(card: str, opening: str = "<h1>{name}</h1><p>CL</p>") -> Extraction:
    profile, markup = first_profile(KEY), MARKUPS["custom"]
    parts = places(profile, markup, date(2026, 11, 22))
    parts.name, parts.between = opening.format(name=profile.name), card
    return extract_page(compose(parts, markup), url=f"https://www.scholarfeed.org/author/{KEY}", fetched_at=NOON)


@pytest.mark.parametrize("card", CARDS)
def test_what_stands_beside_a_link_is_of_what_it_leads_to(card: str) -> None:
    """Figures and codes in a card of a paper, or of another author, change nothing."""
    assert _extract(CARDS[card]).profile == normalise_profile(first_profile(KEY))


@pytest.mark.parametrize(
    "card", ["<div><b>Most cited</b><p>1,234 citations</p></div>", "<p>RO</p>", f"{PAPER}<p>1,234 citations</p>"]
)
def test_what_stands_alone_may_be_the_author_s(card: str) -> None:
    """Where no card holds a second value and a link, the page is held."""
    assert _extract(card).outcome is Outcome.QUARANTINED


@pytest.mark.parametrize("card", CARDS)
def test_where_links_lead_is_asked_on_every_page(card: str) -> None:
    """On a page of the same tags whose card leads elsewhere, what stands in it may be the author's again."""
    scholarfeed.forget_layouts()
    for _ in range(4):
        _extract(CARDS[card])
    elsewhere = CARDS[card].replace("/paper/", "/page/").replace("/author/", "/page/")
    assert _extract(elsewhere).outcome is Outcome.QUARANTINED
    scholarfeed.forget_layouts()
