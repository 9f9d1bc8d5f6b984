"""Collapse: a fall that only the author's past can tell from the truth, and that is believed once it has lasted.

No page shows it by itself: a zero is a value, a short listing a listing. Yet sites answer with zeros, or with a part of
a listing and a heading to match, and are right again an hour later. So a page that is acceptable alone, a *candidate*,
is compared with what the accepted ones before it left known. One with a fall is held until another one, at least
`CONFIRMED_AFTER` later, has the same fall; then it is accepted at its own moment, and is the past of those behind it.
Any candidate without a fall ends the matter: what was held before it was a glitch, and stays held.

The judgement is a function of the set of candidates, whatever the order of their arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Self

from scholar_etl.model import METRIC_NAMES, Metrics, Profile
from scholar_etl.normalise import paper_key

RULE = "collapse"
REASON = "Sites have answered with zeros, or half of a listing, and were right again soon: a fall must last."

CONFIRMED_AFTER = timedelta(hours=1)
"""A page from a cache, or a second try, says the same within minutes; what is wrong with a site seldom takes longer."""

_LEAST_LISTED = 4  # of three papers, two may go in a day's tidying


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a page that is acceptable alone says of its author. `papers` are the titles by paper_id.

    `is_settled` is an observation that history was given without its capture: there is no page to hold back.
    """

    capture_id: str
    observed_at: datetime
    metrics: Metrics
    papers: Mapping[str, str]
    listing_complete: bool
    is_settled: bool = False

    @classmethod
    def of(cls, profile: Profile, capture_id: str, observed_at: datetime) -> Self:
        """Return the candidate that a page makes."""
        papers = {paper.paper_id: paper.title for paper in profile.papers}
        return cls(capture_id, observed_at, profile.metrics, papers, profile.listing_complete)


@dataclass(frozen=True, slots=True)
class Past:
    """What accepted pages left known: each metric's newest value that was shown, and the papers listed, title by id."""

    metrics: Metrics = field(default_factory=Metrics)
    papers: Mapping[str, str] = field(default_factory=dict)

    def followed_by(self, accepted: Candidate) -> Past:
        """Return what is known after one more accepted page. An incomplete listing adds papers and removes none."""
        shown = {name: getattr(accepted.metrics, name) for name in METRIC_NAMES}
        known = {name: getattr(self.metrics, name) if value is None else value for name, value in shown.items()}
        papers = accepted.papers if accepted.listing_complete else {**self.papers, **accepted.papers}
        return Past(Metrics(**known), papers)


@dataclass(frozen=True, slots=True)
class Fall:
    """What a page has lost: metrics that show zero, with the values before, and papers gone from a complete listing."""

    metrics: Mapping[str, int]
    papers: frozenset[str]
    listed_count: int

    def is_in(self, later: Fall) -> bool:
        """Tell whether a later page has lost all of this too."""
        return self.metrics.keys() <= later.metrics.keys() and self.papers <= later.papers

    @property
    def detail(self) -> str:
        """What has fallen, and what is waited for, on one line."""
        parts = [f"{name} fell from {value:,} to 0" for name, value in self.metrics.items()]
        if self.papers:
            parts.append(f"{len(self.papers):,} of {self.listed_count:,} papers are gone")
        return f"{', '.join(parts)}; held until a second page at least an hour later says the same"


def judge(candidates: Iterable[Candidate], past: Past | None = None) -> dict[datetime, Fall | None]:
    """Return by moment for what fall the page is held; None: it is accepted.

    `candidates` are all of an author's, in any order, or all since the newest accepted one with its `past`. Of several
    of one moment the one with the smallest id speaks for all, as in history.
    """
    fold = _Fold(past or Past())
    ordered = sorted(candidates, key=attrgetter("observed_at", "capture_id"))
    for _, same_moment in groupby(ordered, attrgetter("observed_at")):
        fold.take(next(same_moment))
    return fold.verdicts


class _Fold:
    """Goes through an author's candidates in the order of time. `held` are those since the newest accepted one."""

    def __init__(self, past: Past) -> None:
        self.verdicts: dict[datetime, Fall | None] = {}
        self._past = past
        self._held: list[tuple[Candidate, Fall]] = []

    def take(self, candidate: Candidate) -> None:
        fall = None if candidate.is_settled else _fall(candidate, self._past)
        if fall is None:
            self._accept(candidate)
            return
        for place, (earlier, same) in enumerate(self._held):
            if candidate.observed_at - earlier.observed_at >= CONFIRMED_AFTER and same.is_in(fall):
                following = [held for held, _ in self._held[place + 1 :]]
                self._accept(earlier)
                for again in (*following, candidate):
                    self.take(again)
                return
        self._held.append((candidate, fall))
        self.verdicts[candidate.observed_at] = fall

    def _accept(self, candidate: Candidate) -> None:
        self._past = self._past.followed_by(candidate)
        self._held = []
        self.verdicts[candidate.observed_at] = None


def _fall(candidate: Candidate, past: Past) -> Fall | None:
    metrics = {
        name: known
        for name in METRIC_NAMES
        if getattr(candidate.metrics, name) == 0 and (known := getattr(past.metrics, name))
    }
    papers = _gone(candidate, past) if candidate.listing_complete else frozenset()
    return Fall(metrics, papers, len(past.papers)) if metrics or papers else None


def _gone(candidate: Candidate, past: Past) -> frozenset[str]:
    """Return the papers that a complete listing has lost, where they are half of those known or more; else none."""
    if len(past.papers) < _LEAST_LISTED:
        return frozenset()
    least = len(past.papers) / 2
    gone = past.papers.keys() - candidate.papers.keys()
    if len(gone) >= least:  # seldom, and titles take time to compare: a link may have come or gone
        titles = {paper_key(title, None) for title in candidate.papers.values()}
        gone = {paper_id for paper_id in gone if paper_key(past.papers[paper_id], None) not in titles}
    return frozenset(gone) if len(gone) >= least else frozenset()
