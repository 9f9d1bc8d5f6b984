"""The markups: each shows every fact as text a reader sees, and none lets a fact become markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from scholar_etl.demo import facts
from scholar_etl.demo.markups import MARKUPS, render, shown_date
from scholar_etl.demo.story import profile_on
from scholar_etl.errors import UsageError
from scholar_etl.model import Metrics, Paper, Profile

TODAY = date(2026, 11, 22)

every_markup = pytest.mark.parametrize("markup", MARKUPS)


class Reader(HTMLParser):
    """Collects what a person would read (text outside head, script and style), tags and links."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", list[str](), list[str]()
        self._hidden = 0
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and where it links to."""
        self.tags.append(tag)
        self._hidden += tag in {"head", "script"}
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not read."""
        self._hidden -= tag in {"head", "script"}

    def handle_data(self, data: str) -> None:
        """Read on."""
        if not self._hidden:
            self.text += data


def read(profile: Profile, markup: str, today: date = TODAY) -> Reader:
    """Return a reader's view of the rendered profile."""
    return Reader(render(profile, key=1001, today=today, markup=markup))


def in_order(text: str, *parts: str) -> bool:
    """Tell whether the parts stand in the text one after the other."""
    return re.search(".*?".join(map(re.escape, parts)), text, re.DOTALL) is not None


@every_markup
def test_every_fact_is_shown_in_reading_order(markup: str) -> None:
    """Name, field and metrics, the heading, then each block's parts stand one after the other."""
    for key in (1001, 1010, 1014, 1021):
        profile = profile_on(key, 3, TODAY)
        assert profile is not None
        metrics = profile.metrics
        parts = [profile.name, profile.field or "", f"{metrics.h_index}", f"{metrics.paper_count}"]
        parts += [f"{metrics.citation_count:,}", f"{metrics.novelty_pct}%", f"{metrics.ai_score}"]
        parts.append(f"{profile.heading_count} Papers")
        for paper in profile.papers:
            assert paper.published_on is not None
            parts += [paper.category or "", shown_date(paper.published_on, TODAY)]
            parts += ["Code"] if paper.has_code else []
            parts += [paper.title, ", ".join(paper.authors)]
            parts += [" et al."] if paper.et_al else []
            parts += [paper.affiliation] if paper.affiliation else []
            parts.append(paper.abstract or "")
        assert in_order(re.sub(r"\s+", " ", read(profile, markup).text), *parts)


@every_markup
def test_linked_papers_link_their_arxiv_page(markup: str) -> None:
    """The page holds one `/paper/<id>v1` link for each linked paper, in order, and no other."""
    profile = facts.first_profile(1001)
    links = [link for link in read(profile, markup).links if link.startswith("/paper/")]
    assert links == [f"/paper/{paper.arxiv_id}v1" for paper in profile.papers if paper.arxiv_id]


@every_markup
def test_hostile_text_stays_text(markup: str) -> None:
    """Tags, quotes and entities in any field reach the reader as they are and never become elements."""
    evil = "</script><script>alert(1)</script> \" onload='x' &amp; <b>"
    paper = Paper(1, evil, "CL", date(2022, 5, 30), True, (evil,), True, evil, evil, "2205.14807")
    profile = Profile(evil, evil, Metrics(1, 1, 1, 1, 1), (paper,), 1, True)
    plain = replace(profile, name="x", field="x", papers=(Paper(1, "x", "CL", authors=("x",), abstract="x"),))
    hostile = read(profile, markup)
    assert hostile.tags.count("script") == read(plain, markup).tags.count("script") == 1
    assert not {"b"} & {*hostile.tags} - {*read(plain, markup).tags}
    assert hostile.text.count(evil) == 6


@every_markup
def test_what_is_unknown_is_left_out(markup: str) -> None:
    """None is shown as nothing at all: no label without a value, no heading, no word `None`."""
    shown = read(Profile("Nobody", papers=(Paper(1, "A title"),)), markup).text
    assert in_order(shown, "Nobody", "A title")
    for absent in ("None", "h-index", "citations", "Novelty", "AI Score", "1 Papers", "et al."):
        assert absent not in shown


@every_markup
def test_small_counts_keep_the_plural(markup: str) -> None:
    """The site writes one paper like many, and announces none."""
    assert "1 Papers" in re.sub(r"\s+", " ", read(facts.first_profile(1012), markup).text)
    assert "0 Papers" in re.sub(r"\s+", " ", read(facts.first_profile(1013), markup).text)


@every_markup
def test_a_comma_in_a_name_is_not_one_between_names(markup: str) -> None:
    """A name with a comma has an element of its own, in markups that join names too."""
    paper = Paper(1, "T", authors=("Ann Lee", "Harold Brandt, Jr."))
    page = render(Profile("P", papers=(paper,)), key=1, today=TODAY, markup=markup).decode()
    assert "<span>Ann Lee</span>, <span>Harold Brandt, Jr.</span>" in page


@every_markup
def test_pages_have_the_site_around_the_profile(markup: str) -> None:
    """Charset, title, navigation with numbers of its own, footer and a script with JSON are there."""
    page = render(facts.first_profile(1001), key=1001, today=TODAY, markup=markup).decode()
    assert page.index('<meta charset="utf-8">') < 200
    assert "<title>Yichong Leng - Scholar Feed</title>" in page
    for furniture in ("600,000 papers indexed", "Sign in", "<footer>", 'type="application/json"'):
        assert furniture in page


def test_markups_differ_in_structure() -> None:
    """No two markups use the same elements in the same order."""
    profile = facts.first_profile(1001)
    assert len({tuple(read(profile, markup).tags) for markup in MARKUPS}) == len(MARKUPS) >= 5


def test_the_current_year_is_left_out() -> None:
    """A date of today's year has no year, others have it, and the month is English in every locale."""
    assert shown_date(date(2026, 4, 15), TODAY) == "Apr 15"
    assert shown_date(date(2026, 4, 15), date(2027, 1, 10)) == "Apr 15, 2026"
    assert shown_date(date(2022, 5, 9), TODAY) == "May 9, 2022"


def test_an_unknown_markup_is_refused_by_name() -> None:
    """The error names the markup and those there are."""
    with pytest.raises(UsageError, match=r"'marquee'.*cards, list"):
        render(facts.first_profile(1001), key=1001, today=TODAY, markup="marquee")
