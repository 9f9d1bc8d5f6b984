"""A page read by a layout that was learnt says what the full reading says, or is left to the full reading."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from damage import KINDS, damage
from markups_for_tests import MARKUPS, compose, places
from traps_for_tests import ADDITIONS, FACTS, KEY

from scholar_etl.demo import markups as bundled
from scholar_etl.demo.story import profile_on
from scholar_etl.extract import extract_page
from scholar_etl.model import Outcome, Profile
from scholar_etl.normalise import normalise_profile
from scholar_etl.sources import scholarfeed
from scholar_etl.sources.layout import Layout
from scholar_etl.sources.learning import learn_layout
from scholar_etl.sources.seen import Layouts

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = f"https://www.scholarfeed.org/author/{KEY}"
AUTHORS = 25
SEEDS = range(int(os.environ.get("CHANGED_PAGES", "400")))

# No box bounds their blocks, labels stand in these, or the title stands behind the date: none of it is learnt.
NOT_LEARNT = {"flat", "flat_title_first", "flat_list", "details", "labelled", "labelled_lines", "lines", "columns"}

_TOKEN = re.compile(r"(<[^>]*>)")
# Words that the full reading looks for, and texts that are none.
WORDS = (
    "29 Papers", "h-index 99", "h-index", "papers", "12 citations", "citations", "Novelty", "AI Score", "AI Score 3",
    "May 30, 2022", "Apr 15", "2022-05-30", "CL · May 30, 2022 · Code", "Published: May 30, 2022", "Code", "CL", "GAN",
    "cs.LG", "quant-ph", "Abstract", "Authors:", "Abstract: We show", "PDF", "read more", "12 views", "1.", "#3", "·",
    "|", "-", "–", "N/A", "?", "27", "1,234", "54%", "1.2K", "7+", "Ada, Bob et al.", "Ada Lovelace", "Ada and Bob",
    "et al.", "et al", "A, B, C, D", "A. B. Noyce, Jr.", "eth-zurich", "· ETH Zurich", "zurich", "Deep: a study",
    "One. Two three four.", "a", "&nbsp;", "\u200b", "&amp;", "R & D", "&lt;b&gt;", "&#8217;", "&#x27;", "&notit;",
    "&copy", "&#0;", "&#128;", "A title said twice A title said twice", "x" * 201, "y" * 351, "Sorted by date",
    "Papers (29)", "Scholar Feed", "  spaced   out\n", "\u05d0\u05d1\u05d2", "文献",
)  # fmt: skip


def _page(profile: Profile, markup: str) -> str:
    if markup in bundled.MARKUPS:
        return bundled.render(profile, key=KEY, today=TODAY, markup=markup).decode()
    return compose(places(profile, MARKUPS[markup], TODAY), MARKUPS[markup]).decode()


@cache
def _profiles() -> tuple[Profile, ...]:
    found = (profile_on(KEY + author, day, TODAY) for day in (0, 2) for author in range(AUTHORS))
    return tuple(profile for profile in found if profile is not None and len(profile.papers) > 1)


@cache
def _taught(markup: str) -> tuple[Layouts, int]:
    """Return what every author's page in a markup teaches, and how many pages were read by what was learnt."""
    scholarfeed.forget_layouts()
    layouts = scholarfeed._layouts
    for profile in _profiles():
        scholarfeed.read_page(_page(profile, markup).encode(), URL, NOON)
    seen = [layouts.read(_page(profile, markup).encode(), NOON) for profile in _profiles()]
    scholarfeed.forget_layouts()
    return layouts, sum(profile is not None for profile in seen)


def _differs(body: str, markup: str) -> bool:
    """Tell whether a page says something else by what was learnt than when it is read in full."""
    seen = _taught(markup)[0].read(body.encode(), NOON)
    if seen is None:
        return False
    scholarfeed.forget_layouts()
    outcome, read, problems = scholarfeed.read_page(body.encode(), URL, NOON)
    if read is None or (outcome, problems) != (Outcome.ACCEPTED, []):
        return True
    return normalise_profile(read) != normalise_profile(seen) or read.layout != seen.layout


def _reworded(page: str, draw: random.Random) -> Iterator[str]:
    """Yield the page with one text put in another's place: words of the extractor's own, or of the page."""
    tokens = _TOKEN.split(page)
    said = [n for n in range(0, len(tokens), 2) if tokens[n].strip()]
    for _ in range(3):
        changed = list(tokens)
        for number in draw.sample(said, draw.choice((1, 1, 2, 5))):
            changed[number] = draw.choice((draw.choice(WORDS), tokens[draw.choice(said)], tokens[number].upper()))
        yield "".join(changed)


ALL = (*bundled.MARKUPS, *MARKUPS)


@pytest.mark.parametrize("markup", ALL)
def test_a_page_of_a_layout_is_read_by_it(markup: str) -> None:
    """Most pages of a markup are read by what was learnt, each as in full; of the named markups nothing is learnt."""
    count = _taught(markup)[1]
    assert count == 0 if markup in NOT_LEARNT else count > len(_profiles()) / 2
    assert not any(_differs(_page(profile, markup), markup) for profile in _profiles())


@pytest.mark.parametrize("markup", ALL)
@pytest.mark.parametrize("facts", FACTS)
def test_no_facts_are_read_otherwise(markup: str, facts: str) -> None:
    """Facts that look like something else (a paper called "29 Papers") are read as in full, or left to it."""
    for profile in _profiles()[:3]:
        assert not _differs(_page(FACTS[facts](profile), markup), markup)


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("trap", ADDITIONS)
def test_no_trap_is_read_otherwise(markup: str, trap: str) -> None:
    """What a page shows besides the profile changes nothing, or the page is left to the full reading."""
    profile = _profiles()[0]
    parts = places(profile, MARKUPS[markup], TODAY)
    ADDITIONS[trap](parts, profile, MARKUPS[markup], TODAY)
    assert not _differs(compose(parts, MARKUPS[markup]).decode(), markup)


@pytest.mark.parametrize("part", range(4))
def test_no_words_are_read_otherwise(part: int) -> None:
    """With other words in any places of a page, what was learnt gives what the full reading gives, or nothing."""
    learnt = [markup for markup in ALL if markup not in NOT_LEARNT]
    for seed in SEEDS[part::4]:
        draw = random.Random(seed)  # noqa: S311
        markup = learnt[seed % len(learnt)]
        page = _page(draw.choice(_profiles()), markup)
        another = _page(draw.choice(_profiles()), markup)
        for changed in (*_reworded(page, draw), damage(page, another, draw.choices(list(KINDS), k=1 + seed % 2), draw)):
            assert not _differs(changed, markup), f"seed {seed}, {markup}"


def test_what_was_learnt_is_for_the_markup_it_was_learnt_from() -> None:
    """The layouts of many markups side by side read each page as its own does."""
    scholarfeed.forget_layouts()
    layouts = scholarfeed._layouts
    profiles = _profiles()
    for profile in profiles[:8]:
        for markup in bundled.MARKUPS:
            body = _page(profile, markup).encode()
            outcome, read, _ = scholarfeed.read_page(body, URL, NOON)
            assert outcome is Outcome.ACCEPTED
            assert read is not None
            assert replace(read, papers=()) == replace(profile, papers=())
            assert [paper.title for paper in read.papers] == [paper.title for paper in profile.papers]
    assert scholarfeed._layouts is layouts
    scholarfeed.forget_layouts()


def _around_cards(number: int, *, head: str = "", before: str = "", after: str = "", owner: str | None = None) -> str:
    """Return a page in the markup `cards` with markup put in its head, before its listing, or at the listing's end.

    `owner`: under which name the papers have the author.
    """
    profile = _profiles()[number]
    if owner is not None:
        papers = tuple(replace(paper, authors=(owner,), et_al=False) for paper in profile.papers)
        profile = replace(profile, papers=papers)
    page = _page(profile, "cards")
    row, grid = page.index('<div class="_row_'), page.index('<div class="_grid_')
    page = f"{page[:grid]}{before}{page[grid:]}"
    row_end = page.index("</div>\n</div>", row)  # the last figure's and the row's: the link stands beside the figures
    page = f"{page[:row_end]}</div>{head}{page[row_end + len('</div>') :]}"
    end = page.rindex("</article>") + len("</article>")
    return f"{page[:end]}{after}{page[end:]}"


def _taught_by(*pages: str) -> Layouts:
    scholarfeed.forget_layouts()
    layouts = scholarfeed._layouts
    for page in pages:
        scholarfeed.read_page(page.encode(), URL, NOON)
    return layouts


def _is_as_in_full(layouts: Layouts, page: str, url: str | None = URL) -> bool:
    scholarfeed.forget_layouts()
    full = extract_page(page.encode(), url=url, fetched_at=NOON)
    scholarfeed._layouts = layouts
    try:
        return extract_page(page.encode(), url=url, fetched_at=NOON) == full
    finally:
        scholarfeed.forget_layouts()


@pytest.mark.parametrize(
    ("link", "other"),
    [
        ('<a title="x" href', '<a title="another" href'),
        ('<a title="x" href', """<a title=" href='/paper/1234.56789'" href"""),
        ('<a title="x" href', '<a title="a > b" href'),
        ("<!-- x --><a href", "<!-- another --><a href"),
        ("<!-- x --><a href", '<!-- href="/paper/1234.56789" --><a href'),
    ],
)
def test_only_an_address_is_one(link: str, other: str) -> None:
    """What another attribute of a link or a comment says is no address, whatever it looks like."""
    pages = [_page(profile, "cards") for profile in _profiles()[:6]]
    taught = _taught_by(*[page.replace("<a href", link) for page in pages])
    assert _is_as_in_full(taught, pages[5].replace("<a href", other))


def test_pages_that_are_built_as_none_before_are_seldom_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of which one page in five is built as another before: few of the others are learnt in the long run."""
    learnt: list[Layout] = []

    def learn(*args: Any) -> Layout:
        learnt.append(learn_layout(*args))
        return learnt[-1]

    monkeypatch.setattr("scholar_etl.sources.seen.learn_layout", learn)
    page = _page(_profiles()[0], "cards")
    pages = [page if n % 5 == 0 else page.replace("<article", f'<article lang="{n}"') for n in range(400)]
    _taught_by(*pages)
    scholarfeed.forget_layouts()
    assert 50 < len(learnt) < 80


@pytest.mark.parametrize("url", [URL, None])
@pytest.mark.parametrize("key", [KEY, KEY + 7])
def test_a_link_to_an_author_among_the_figures_counts(key: int, url: str | None) -> None:
    """Figures beside a link are another author's or the page's own by where it leads, whatever was learnt."""
    # A figure said twice: the figures are a part of their row then, which holds nothing of the author's name.
    count = _profiles()[4].metrics.citation_count
    link = f'<p>{count:,} citations</p><p><a href="/author/{{}}">Permalink</a></p>'
    taught = _taught_by(*[_around_cards(4, head=link.format(KEY))] * 3)
    assert _is_as_in_full(taught, _around_cards(4, head=link.format(KEY)), URL)
    assert _is_as_in_full(taught, _around_cards(4, head=link.format(key)), url)


def test_prose_below_the_papers_counts() -> None:
    """A button below the papers that becomes a paragraph may have fallen out of a paper, whatever was learnt."""
    taught = _taught_by(*(_around_cards(n, after="<p>Load more</p>") for n in range(4)))
    assert _is_as_in_full(taught, _around_cards(4, after="<p>Load all</p>"))
    assert _is_as_in_full(taught, _around_cards(4, after=f"<p>{'We try one engine after the other. ' * 5}</p>"))


def test_a_listing_behind_another_heading_must_name_its_owner() -> None:
    """A listing that a heading parts from its own, and that names the owner nowhere, is held, whatever was learnt."""
    taught = _taught_by(*(_around_cards(n, before="<h3>Selected</h3>") for n in range(4)))
    assert _is_as_in_full(taught, _around_cards(4, before="<h3>Selected</h3>"))
    assert _is_as_in_full(taught, _around_cards(4, before="<h3>Selected</h3>", owner="A. N. Other"))
