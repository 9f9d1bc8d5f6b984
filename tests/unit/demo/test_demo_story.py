"""The story: a pure function of author and day in which every kind of change comes early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest

from scholar_etl.demo import facts
from scholar_etl.demo.story import fault_on, profile_on
from scholar_etl.model import METRIC_NAMES, Paper, Profile

TODAY = date(2026, 11, 22)
DAYS = range(5)

Change = Callable[[Profile, Profile], bool]


def identity(paper: Paper) -> str:
    """Return what tells a paper from the others of its listing."""
    return paper.arxiv_id or paper.title


def by_identity(profile: Profile) -> dict[str, Paper]:
    """Return the listing by identity."""
    return {identity(paper): paper for paper in profile.papers}


def common(old: Profile, new: Profile) -> list[tuple[Paper, Paper]]:
    """Return the papers that both listings have, old and new side by side."""
    after = by_identity(new)
    return [(paper, after[name]) for name, paper in by_identity(old).items() if name in after]


def moved(name: str, direction: int) -> Change:
    """Return a test for a metric that rose (1) or fell (-1)."""

    def seen(old: Profile, new: Profile) -> bool:
        before, after = getattr(old.metrics, name), getattr(new.metrics, name)
        return before is not None and (after - before) * direction > 0

    return seen


def shuffled(old: Profile, new: Profile) -> bool:
    """Tell whether the papers of both listings stand in another order."""
    pairs = common(old, new)
    return [a.title for a, _ in pairs] != [b.title for _, b in sorted(pairs, key=lambda pair: pair[1].position)]


CHANGES: dict[str, Change] = {
    **{f"{name} rises": moved(name, 1) for name in METRIC_NAMES},
    "citations fall": moved("citation_count", -1),
    "h-index falls": moved("h_index", -1),
    "a paper appears": lambda old, new: bool(
        {paper.abstract for paper in new.papers} - {paper.abstract for paper in old.papers}
    ),
    "a paper vanishes": lambda old, new: bool(
        {paper.abstract for paper in old.papers} - {paper.abstract for paper in new.papers}
    ),
    "the ranking changes": shuffled,
    "a Code badge appears": lambda old, new: any(not a.has_code and b.has_code for a, b in common(old, new)),
    "a title is corrected": lambda old, new: any(
        a.title != b.title and a.arxiv_id == b.arxiv_id for a, b in common(old, new)
    ),
    "a paper gets its link": lambda old, new: bool(
        {paper.title for paper in old.papers if paper.arxiv_id is None}
        & {paper.title for paper in new.papers if paper.arxiv_id}
    ),
}


def days_of(key: int) -> list[Profile | None]:
    """Return an author's first days."""
    return [profile_on(key, day, TODAY) for day in DAYS]


@pytest.mark.parametrize("author_count", [5, 25])
@pytest.mark.parametrize("change", CHANGES)
def test_every_kind_of_change_comes_in_the_first_days(change: str, author_count: int) -> None:
    """Between two of the days 0 to 4 some author's page changes that way, on a small site too."""
    steps = [step for author in facts.authors(author_count) for step in pairwise(days_of(author.key))]
    assert any(CHANGES[change](old, new) for old, new in steps if old and new)


def test_a_paper_comes_back() -> None:
    """Within the first days one paper is listed, is gone, and is listed again as it was."""
    listings = [set(by_identity(profile)) for profile in days_of(1003) if profile]
    came_back = (listings[0] - listings[1]) & listings[-1]
    assert len(came_back) == 1


def test_first_author_steps_to_28() -> None:
    """The first author's h-index steps from 27 to 28, with one new paper, one badge, more citations."""
    days = [profile for profile in days_of(facts.FIRST_KEY) if profile]
    assert [profile.metrics.h_index for profile in days] == [27, 27, 28, 28, 28]
    assert [len(profile.papers) for profile in days] == [29, 29, 29, 30, 30]
    assert [sum(paper.has_code for paper in profile.papers) for profile in days] == [5, 6, 6, 6, 6]
    citations = [profile.metrics.citation_count or 0 for profile in days]
    assert citations == sorted(set(citations))


def test_day_zero_of_the_first_author_is_the_real_page() -> None:
    """The story starts from the facts themselves."""
    assert profile_on(facts.FIRST_KEY, 0, TODAY) == facts.first_profile(facts.FIRST_KEY)


def test_one_author_never_changes() -> None:
    """The second author's page is the same on every day, its ranking too."""
    pages = {profile_on(1002, day, TODAY) for day in (*range(40), 400, 4_000)}
    assert len(pages) == 1


def test_one_page_disappears_for_good() -> None:
    """The fifth author's page is there for some days and then never again."""
    assert [profile is not None for profile in days_of(1005)] == [True, True, True, False, False]
    assert profile_on(1005, 1_000, TODAY) is None


def test_one_author_is_blocked_for_one_day() -> None:
    """Exactly one page is blocked, on one of the first four days, and is a good page on the day after."""
    planned = [
        (author.key, day, fault)
        for author in facts.authors(200)
        for day in range(60)
        if (fault := fault_on(author.key, day))
    ]
    assert planned == [(1004, 2, "blocked")]
    assert profile_on(1004, 3, TODAY) is not None


def test_the_story_never_ends() -> None:
    """A year on, pages still are consistent: counts agree, papers are told apart, figures stay in range."""
    for author in facts.authors(40):
        for day in (*DAYS, 50, 365):
            profile = profile_on(author.key, day, TODAY)
            if profile is None:
                continue
            metrics, papers = profile.metrics, profile.papers
            assert metrics.paper_count == profile.heading_count == len(papers)
            assert [paper.position for paper in papers] == list(range(1, len(papers) + 1))
            assert len({paper.title for paper in papers}) == len(papers)
            assert len(by_identity(profile)) == len(papers)
            assert metrics.h_index is not None
            assert metrics.citation_count is not None
            assert 0 <= metrics.h_index <= len(papers)
            assert metrics.h_index**2 <= metrics.citation_count
            assert metrics.novelty_pct is None or 0 <= metrics.novelty_pct <= 100


@pytest.mark.parametrize("today", [date(2019, 3, 1), date(2024, 2, 29), date(2026, 1, 1), date(2031, 7, 4)])
def test_nothing_is_dated_after_today(today: date) -> None:
    """Whatever the site's date, no paper lies in the future, on early and on late days."""
    for author in facts.authors(25):
        for day in (0, 4, 90):
            profile = profile_on(author.key, day, today)
            dates = [paper.published_on for paper in profile.papers] if profile else []
            assert all(shown and shown <= today for shown in dates)


def test_days_are_told_in_any_order() -> None:
    """A day's page does not depend on which days were asked for before."""
    ahead = [profile_on(1003, day, TODAY) for day in range(20)]
    back = [profile_on(1003, day, TODAY) for day in reversed(range(20))]
    assert ahead == back[::-1]


def test_there_is_nobody_before_the_first_author() -> None:
    """A key that the site does not have gives no profile."""
    assert profile_on(facts.FIRST_KEY - 1, 0, TODAY) is None
