"""What happens on the site from day to day: a pure function of author, day and date.

An author's page is updated every few days. Each update moves the figures, and now and then brings one of the
changes that real listings show: a new paper (which later gets its arXiv link, its Code badge and a corrected
title), a paper that goes missing for a while, a correction downwards, another ranking. Four of the first five
authors follow a script, so that a few days show every kind of change; the second never changes at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import isqrt

from scholar_etl.demo import facts, invent
from scholar_etl.model import Metrics, Paper, Profile

NEVER = 1 << 40
"""A day that no story reaches."""

_BLOCKED_DAYS = {facts.FIRST_KEY + 3: 2}
_LAST_DAYS = {facts.FIRST_KEY + 4: 2}
_UNCHANGING = (facts.FIRST_KEY + 1, facts.FIRST_KEY + 11, facts.FIRST_KEY + 12)
_NOVELTY = (0, 1, 1, 2, 1, 0, -1, -2)
_AI_SCORE = (0, 0, 1, 2, 2, 1, 0, -1, -1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """Something that happens with the `first` update and then with every `every`-th one after it."""

    first: int
    every: int = NEVER

    def times(self, update: int) -> int:
        """Return how often it has happened once that update is done."""
        return 0 if update < self.first else 1 + (update - self.first) // self.every

    def since(self, update: int) -> int | None:
        """Return how many updates ago it happened last, None when it has not happened."""
        return None if update < self.first else (update - self.first) % self.every


_NOT = Cycle(NEVER)


@dataclass(frozen=True, slots=True)
class Arc:
    """One author's story, counted in updates: one comes every `rhythm_days`, the first after `lead_days`."""

    rhythm_days: int = 1
    lead_days: int = 1
    citation_gain: int = 1
    citation_loss: int = 0
    correction: Cycle = _NOT
    h_rise: Cycle = _NOT
    h_fall: Cycle = _NOT
    arrival: Cycle = _NOT
    absence: Cycle = _NOT
    absence_updates: int = 2
    swap: Cycle = _NOT
    badge: Cycle = _NOT
    link: Cycle = _NOT
    title: Cycle = _NOT

    def update(self, day: int) -> int:
        """Return how many updates the page has had by that day."""
        return 0 if day < self.lead_days else 1 + (day - self.lead_days) // self.rhythm_days


_SCRIPTS = {
    facts.FIRST_KEY: Arc(
        citation_gain=22,
        citation_loss=61,
        correction=Cycle(6, 9),
        h_rise=Cycle(2, 60),
        arrival=Cycle(3, 12),
        swap=Cycle(4, 7),
        badge=Cycle(1),
        link=Cycle(5),
    ),
    facts.FIRST_KEY + 2: Arc(
        citation_gain=9,
        citation_loss=40,
        correction=Cycle(1, 8),
        h_fall=Cycle(3),
        arrival=Cycle(6, 10),
        absence=Cycle(1, 14),
        swap=Cycle(4, 5),
        title=Cycle(2),
    ),
    facts.FIRST_KEY + 3: Arc(
        citation_gain=3,
        arrival=Cycle(4, 15),
        swap=Cycle(1, 6),
        badge=Cycle(3),
        link=Cycle(3),
    ),
    facts.FIRST_KEY + 4: Arc(citation_gain=2, link=Cycle(1)),
}


def profile_on(key: int, day: int, today: date) -> Profile | None:
    """Return what the author's page says on that day, None when there is no such author (any more).

    Days count from 0. No paper is dated after `today`; for the same day a later `today` changes nothing else.
    """
    if key < facts.FIRST_KEY or day > _LAST_DAYS.get(key, NEVER):
        return None
    profile = _told(key, _arc(key).update(day))
    if all(paper.published_on is None or paper.published_on <= today for paper in profile.papers):
        return profile
    return replace(
        profile,
        papers=tuple(
            replace(paper, published_on=paper.published_on and facts.before(paper.published_on, today))
            for paper in profile.papers
        ),
    )


def fault_on(key: int, day: int) -> str | None:
    """Return the name of the fault that the story has planned for the author's page on that day, if any."""
    return "blocked" if _BLOCKED_DAYS.get(key) == day else None


@lru_cache(maxsize=4_096)
def _arc(key: int) -> Arc:
    """Return an author's story: scripted, still, or drawn."""
    if key in _UNCHANGING:
        return Arc(lead_days=NEVER)
    if key in _SCRIPTS:
        return _SCRIPTS[key]
    draw = invent.dice("arc", key)
    rhythm_days = draw.choice((1, 2, 3, 5, 7))
    citation_gain = 1 + (facts.first_profile(key).metrics.citation_count or 0) // 400

    def cycle(shortest: int, longest: int) -> Cycle:
        every = draw.randrange(shortest, longest)
        return Cycle(draw.randrange(1, every + 1), every)

    return Arc(
        rhythm_days=rhythm_days,
        lead_days=draw.randrange(1, rhythm_days + 1),
        citation_gain=citation_gain,
        citation_loss=3 * citation_gain,
        correction=cycle(5, 10),
        h_rise=cycle(20, 40),
        h_fall=cycle(60, 120),
        arrival=cycle(6, 16),
        absence=cycle(8, 20),
        swap=cycle(4, 9),
        badge=cycle(10, 40),
        link=cycle(10, 40),
        title=Cycle(draw.randrange(1, 12)),
    )


@lru_cache(maxsize=1_024)
def _told(key: int, update: int) -> Profile:
    """Return the author's facts after that many updates."""
    first, arc = facts.first_profile(key), _arc(key)
    if not first.papers:
        return first
    listed = _known_papers(key, first, arc, update)
    for count, arrived in enumerate(_new_papers(key, first, arc, update)):
        listed.insert((2 + 5 * count) % (len(listed) + 1), arrived)
    if arc.swap.times(update) % 2 and len(listed) > 1:
        place = update % (len(listed) - 1)
        listed[place : place + 2] = reversed(listed[place : place + 2])
    papers = tuple(replace(paper, position=position) for position, paper in enumerate(listed, 1))
    return replace(
        first,
        metrics=_metrics(first.metrics, arc, update, len(papers)),
        papers=papers,
        heading_count=len(papers),
    )


def _known_papers(key: int, first: Profile, arc: Arc, update: int) -> list[Paper]:
    """Return the first day's papers as they are now: misprinted, linked, badged, or one of them missing."""
    papers = list(first.papers)
    if arc.title != _NOT and not arc.title.times(update):
        place = next((n for n, paper in enumerate(papers) if paper.arxiv_id), 0)
        papers[place] = replace(papers[place], title=_misprinted(papers[place].title))
    unlinked = [n for n, paper in enumerate(papers) if paper.arxiv_id is None]
    for n in unlinked[: arc.link.times(update)]:
        published_on = papers[n].published_on
        if published_on is not None:
            arxiv_id = invent.arxiv_id(key - facts.FIRST_KEY, n, published_on)
            papers[n] = replace(papers[n], arxiv_id=arxiv_id)
    without_code = [n for n, paper in enumerate(papers) if not paper.has_code]
    for n in without_code[: arc.badge.times(update)]:
        papers[n] = replace(papers[n], has_code=True)
    away = arc.absence.since(update)
    if away is not None and away < arc.absence_updates and len(papers) > 2:
        del papers[len(papers) // 2]
    return papers


def _new_papers(key: int, first: Profile, arc: Arc, update: int) -> list[Paper]:
    """Return the papers that have come up since the first day, oldest first, each at its stage of life."""
    papers = []
    for count in range(arc.arrival.times(update)):
        number = len(first.papers) + count
        paper = invent.paper(key - facts.FIRST_KEY, number, first.name, first.field or "CL", recent=True)
        age = update - arc.arrival.first - count * arc.arrival.every
        papers.append(
            replace(
                paper,
                arxiv_id=paper.arxiv_id if age >= 2 else None,
                # Corrected after it was linked: from then on the link tells that it is the same paper.
                title=_misprinted(paper.title) if count % 2 and paper.arxiv_id and age < 4 else paper.title,
                has_code=paper.has_code and age >= 3,
            )
        )
    return papers


def _metrics(first: Metrics, arc: Arc, update: int, paper_count: int) -> Metrics:
    """Return the figures; the h-index stays possible for the papers and the citations shown."""
    gained = arc.citation_gain * update - arc.citation_loss * arc.correction.times(update)
    citation_count = max(0, (first.citation_count or 0) + gained)
    h_index = (first.h_index or 0) + arc.h_rise.times(update) - arc.h_fall.times(update)
    return Metrics(
        h_index=max(0, min(h_index, paper_count, isqrt(citation_count))),
        paper_count=paper_count,
        citation_count=citation_count,
        novelty_pct=_percent(first.novelty_pct, _NOVELTY[update % len(_NOVELTY)]),
        ai_score=_percent(first.ai_score, _AI_SCORE[update % len(_AI_SCORE)]),
    )


def _percent(first: int | None, change: int) -> int | None:
    return None if first is None else min(100, max(0, first + change))


def _misprinted(title: str) -> str:
    """Return the title with two letters of its longest word in the wrong order."""
    word = max(title.split(), key=len)
    place = next((n for n in range(len(word) // 2, len(word) - 1) if word[n] != word[n + 1]), 0)
    wrong = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return title.replace(word, wrong, 1)
