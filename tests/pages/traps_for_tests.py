"""What must not lead the extractor astray: each trap changes the facts of a page, or puts something into it.

`FACTS` are facts that are hard to read right; `ADDITIONS` stand on the page and belong to nobody or somebody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import escape as esc

from markups_for_tests import PARAGRAPH, Markup, Places, figures, show

from scholar_etl.demo import facts
from scholar_etl.model import Metrics, Paper, Profile

KEY = facts.FIRST_KEY


def _papers(profile: Profile, change: Callable[[int, Paper], Paper]) -> Profile:
    """Return the profile with every paper (numbered from 0) changed."""
    return replace(profile, papers=tuple(change(number, paper) for number, paper in enumerate(profile.papers)))


def _first(profile: Profile, **changes: object) -> Profile:
    return _papers(profile, lambda number, paper: replace(paper, **changes) if number == 0 else paper)  # type: ignore[arg-type]


def _second(profile: Profile, **changes: object) -> Profile:
    return _papers(profile, lambda number, paper: replace(paper, **changes) if number == 1 else paper)  # type: ignore[arg-type]


def _count(profile: Profile, papers: tuple[Paper, ...]) -> Profile:
    papers = tuple(replace(paper, position=number) for number, paper in enumerate(papers, start=1))
    metrics = replace(profile.metrics, paper_count=len(papers))
    return replace(profile, metrics=metrics, papers=papers, heading_count=len(papers))


def _many(profile: Profile, count: int) -> Profile:
    papers = [
        replace(profile.papers[n % len(profile.papers)], title=f"Study number {n} of many", arxiv_id=None)
        for n in range(count)
    ]
    return _count(profile, tuple(papers))


def _texts(profile: Profile, abstract: str) -> Profile:
    return _papers(profile, lambda number, paper: replace(paper, abstract=abstract) if number % 3 == 1 else paper)


FACTS: dict[str, Callable[[Profile], Profile]] = {
    "plain": lambda profile: profile,
    "comma_names": lambda _: facts.first_profile(KEY + 20),
    "arabic": lambda _: facts.first_profile(KEY + 7),
    "chinese": lambda _: facts.first_profile(KEY + 4),
    "combining": lambda _: facts.first_profile(KEY + 5),
    "one_paper": lambda _: facts.first_profile(KEY + 11),
    "no_papers": lambda _: facts.first_profile(KEY + 12),
    "two_papers": lambda profile: _count(profile, profile.papers[:2]),
    "three_papers": lambda profile: _count(profile, profile.papers[6:9]),
    "400_papers": lambda profile: _many(profile, 400),
    "millions": lambda profile: replace(profile, metrics=replace(profile.metrics, citation_count=1_234_567)),
    "zeros": lambda profile: replace(profile, metrics=Metrics(0, len(profile.papers), 0, 0, 0)),
    "no_scores": lambda profile: replace(profile, metrics=replace(profile.metrics, novelty_pct=None, ai_score=None)),
    "no_field": lambda profile: replace(profile, field=None),
    "title_is_heading": lambda profile: _second(profile, title="29 Papers"),
    "title_is_count": lambda profile: _second(profile, title="6,209 citations"),
    "title_is_metric": lambda profile: _second(profile, title="h-index 99"),
    "title_is_name": lambda profile: _second(profile, title=profile.name),
    "title_is_code": lambda profile: _second(profile, title="Code"),
    "title_is_date": lambda profile: _second(profile, title="AS May 30, 2022"),
    "title_like_date": lambda profile: _second(profile, title="Llama 2"),
    "title_like_code": lambda profile: _second(profile, title="GAN"),
    "title_is_number": lambda profile: _second(profile, title="1984"),
    "title_is_button": lambda profile: _second(profile, title="Abstract"),
    "title_has_markup": lambda profile: _first(profile, title="<script>alert(1)</script> & <b>bold</b> &amp; more"),
    "title_has_dots": lambda profile: _first(profile, title="Who · et al. · code: A, B, C, and D"),
    "title_is_short": lambda profile: _first(profile, title="X"),
    "titles_of_blocks": lambda profile: _papers(
        profile, lambda n, p: replace(p, title=f"Sign in, captcha, maintenance {n}")
    ),
    "abstract_has_date_line": lambda profile: _texts(
        profile,
        PARAGRAPH.join(("We begin with a line.", "AS · May 30, 2022 · Code", "And go on after it, as we must.")),
    ),
    "abstract_ends_with_date_line": lambda profile: _texts(
        profile, PARAGRAPH.join(("We begin with a line and some more words.", "AS · May 30, 2022"))
    ),
    "abstract_has_dots": lambda profile: _texts(profile, "As Ba et al. show · in part · the h-index 99 is 29 papers."),
    "abstract_paragraphs": lambda profile: _texts(
        profile, PARAGRAPH.join(("A first paragraph, of some length.", "A second one, with a comma.", "A third one."))
    ),
    "abstract_short": lambda profile: _texts(profile, "Withdrawn."),
    "abstract_like_names": lambda profile: _texts(profile, "Speech, Text, Vision"),
    "no_abstracts": lambda profile: _papers(profile, lambda _, p: replace(p, abstract=None)),
    "some_abstracts_missing": lambda profile: _papers(
        profile, lambda n, p: replace(p, abstract=None) if n % 4 == 1 else p
    ),
    "some_authors_missing": lambda profile: _papers(
        profile,
        lambda n, p: replace(p, authors=(), et_al=False, affiliation=None) if n % 4 == 1 else p,
    ),
    "last_authors_missing": lambda profile: _papers(
        profile,
        lambda n, p: replace(p, authors=(), et_al=False, affiliation=None) if n == 28 else p,
    ),
    "solo_authors": lambda profile: _papers(
        profile, lambda _, p: replace(p, authors=(profile.name,), et_al=False, affiliation=None)
    ),
    "lower_case_names": lambda profile: _second(profile, authors=("bell hooks", "seed"), et_al=False, affiliation=None),
    "all_affiliated": lambda profile: _papers(profile, lambda _, p: replace(p, affiliation="uva")),
    "incomplete": lambda profile: replace(profile, papers=profile.papers[:12], listing_complete=False),
}


def _other_papers(profile: Profile) -> tuple[Paper, ...]:
    return tuple(replace(paper, position=n) for n, paper in enumerate(facts.first_profile(KEY + 1).papers[:5], start=1))


def _similar(profile: Profile, markup: Markup, today: date) -> str:
    """Return two cards of similar authors in the page's own markup of metrics."""
    others = [facts.first_profile(KEY + n) for n in (2, 3)]
    cards = (
        f'<div><a href="/author/{KEY + n}">{esc(other.name)}</a>{markup.metrics(figures(other.metrics))}</div>'
        for n, other in enumerate(others, start=2)
    )
    return f"<section><h3>Similar authors</h3>{''.join(cards)}</section>"


def _unlinked(profile: Profile, markup: Markup, today: date) -> str:
    other = facts.first_profile(KEY + 2)
    return f"<div><b>{esc(other.name)}</b>{markup.metrics(figures(other.metrics))}</div>"


def _trending(profile: Profile, markup: Markup, today: date) -> str:
    return markup.listing([show(paper, today) for paper in _other_papers(profile)])


def _most_cited(profile: Profile, markup: Markup, today: date) -> str:
    return markup.listing([show(paper, today) for paper in profile.papers[2:3]])


Build = Callable[[Profile, Markup, date], str]


def _put(place: str, build: Build, *, first: bool = False) -> Callable[[Places, Profile, Markup, date], None]:
    def put(parts: Places, profile: Profile, markup: Markup, today: date) -> None:
        old, new = getattr(parts, place), build(profile, markup, today)
        setattr(parts, place, new + old if first else old + new)

    return put


def _text(html: str) -> Build:
    return lambda *_: html


def _inside(place: str, build: Build, *, at_end: bool) -> Callable[[Places, Profile, Markup, date], None]:
    """Put something into the outermost element of a place, as its first or last child."""

    def put(parts: Places, profile: Profile, markup: Markup, today: date) -> None:
        old, new = getattr(parts, place), build(profile, markup, today)
        cut = old.rindex("</") if at_end else old.index(">") + 1
        setattr(parts, place, old[:cut] + new + old[cut:])

    return put


_COOKIES = (
    '<div role="dialog"><h2>We value your privacy</h2><p>We and our 842 partners use 3 papers of consent.</p>'
    "<p>Score 99</p></div>"
)
_STALE = "<div {}><span>h-index</span><span>99</span><span>1 papers</span><span>2 citations</span></div>"

ADDITIONS: dict[str, Callable[[Places, Profile, Markup, date], None]] = {
    "similar_above": _put("above", _similar),
    "similar_beside": _put("beside", _similar),
    "similar_between": _put("between", _similar),
    "similar_before_list": _put("before", _similar),
    "similar_below": _put("after", _similar),
    "similar_unlinked": _put("after", _unlinked),
    "similar_unlinked_above": _put("above", _unlinked),
    "trending_above": _put("above", lambda *a: f"<section><h2>Trending</h2>{_trending(*a)}</section>"),
    "trending_below": _put("after", lambda *a: f"<section><h2>Trending</h2>{_trending(*a)}</section>"),
    "trending_beside": _put("below", lambda *a: f"<aside>{_trending(*a)}</aside>"),
    "trending_unheaded": _put("after", lambda *a: f"<section>{_trending(*a)}</section>"),
    "trending_behind_list": _put("after", lambda *a: f"<h2>Trending papers</h2>{_trending(*a)}"),
    "trending_in_list": _inside("listing", lambda *a: _trending(*a), at_end=True),
    "trending_before_list": _put("before", lambda *a: f"<section><h3>Trending</h3>{_trending(*a)}</section>"),
    "most_cited": _put("before", lambda *a: f"<div><h3>Most cited</h3>{_most_cited(*a)}</div>"),
    "most_cited_unheaded": _put("before", lambda *a: f"<div><div>Most cited</div>{_most_cited(*a)}</div>"),
    "cookies_above": _put("above", _text(_COOKIES), first=True),
    "cookies_below": _put("below", _text(_COOKIES)),
    "big_navigation": _put("above", _text("<nav><b>600,000 papers</b> <i>90,000 authors</i></nav>")),
    "count_in_header": _put("above", _text("<header><span>600,000 papers</span></header>")),
    "stale_hidden": _put("metrics", _text(_STALE.format("hidden")), first=True),
    "stale_unseen": _put("metrics", _text(_STALE.format('style="display: none"'))),
    "stale_for_readers": _put("between", _text(_STALE.format('class="sr-only"'))),
    "stale_visible": _put("between", _text(_STALE.format(""))),
    "stale_json": _put("between", _text('<script>window.a={"h-index":99,"papers":1}</script>')),
    "doubled_metrics": _put("between", lambda p, m, _: m.metrics(figures(p.metrics))),
    "sort_box": _put("before", _text("<div>Sort by <b>relevance</b></div>")),
    "ad_before_list": _put("before", _text("<div>Sponsored: buy a GPU, get 2 papers</div>")),
    "ad_in_list": _inside("listing", _text("<div>Sponsored: 50% off, since May 1, 2024</div>"), at_end=True),
    "ad_first_in_list": _inside("listing", _text("<div>Sponsored: 50% off</div>"), at_end=False),
    "more_button": _put("after", _text("<p><a href='?page=2'>Load more</a></p>")),
    "text_after": _put("after", _text("<p>These figures are computed every night, for 90,000 authors.</p>")),
    "co_authors": _put("between", _text("<p>Co-authors: <a href='/author/7'>Xu Tan</a> (h-index 61)</p>")),
}
