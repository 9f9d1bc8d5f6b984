"""History by brute force: what the warehouse must say of the same observations, in plain Python, step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import combinations
from typing import Any

from scholar_etl.model import METRIC_NAMES, JudgedCapture, Observation, Outcome, Paper
from scholar_etl.normalise import paper_key

CONTENT = (
    "title",
    "category",
    "arxiv_category",
    "published_on",
    "has_code",
    "authors",
    "et_al",
    "affiliation",
    "abstract",
)
Content = tuple[Any, ...]


def content_of(paper: Paper) -> Content:
    """Return all that makes a version of a paper: not its place, not its id."""
    return tuple(getattr(paper, name) for name in CONTENT)


class Author:
    """One author's history, from the readings that stand, in the order of their moments."""

    def __init__(self, author_id: str, readings: list[Observation], judged: dict[str, JudgedCapture]) -> None:
        self.author_id = author_id
        self.readings = readings
        by_moment = defaultdict(list)
        for reading in readings:
            by_moment[reading.observed_at].append(reading)
        standing = []
        for moment in sorted(by_moment):
            speaking = min(by_moment[moment], key=lambda r: (r.capture_id, -r.extractor_version))
            if not _is_refused(speaking, judged):
                standing.append(speaking)
        self.log: list[Observation] = standing
        self.alias = self._aliases()

    def _papers(self, observation: Observation) -> dict[str, Paper]:
        papers: dict[str, Paper] = {}
        for paper in observation.profile.papers:
            papers.setdefault(self.alias.get(paper.paper_id, paper.paper_id), paper)
        return papers

    def _aliases(self) -> dict[str, str]:
        self.alias = {}
        titles, sighted = defaultdict(set), defaultdict(set)
        for observation in self.log:
            for paper_id, paper in self._papers(observation).items():
                titles[paper_id].add(paper_key(paper.title, None))
                sighted[paper_id].add(observation.observed_at)
        groups = defaultdict(set)
        for title_id in titles:
            links = {x for x in titles if x.startswith("arxiv:") and titles[x] & titles[title_id]}
            if title_id.startswith("title:") and len(links) == 1:
                groups[links.pop()].add(title_id)
        return {
            title_id: linked
            for linked, members in groups.items()
            if not any(sighted[a] & sighted[b] for a, b in combinations([linked, *members], 2))
            for title_id in members
        }

    def metrics_at(self, moment: datetime) -> dict[str, int]:
        """Return the metrics that were ever shown by then, with their newest values."""
        state = {}
        for observation in self.log:
            if observation.observed_at <= moment:
                for name in METRIC_NAMES:
                    value = getattr(observation.profile.metrics, name)
                    if value is not None:
                        state[name] = value
        return state

    def listing_at(self, moment: datetime) -> dict[str, Content]:
        """Return the papers that were listed then, or assumed to be since no complete listing lacked them."""
        state: dict[str, Content] = {}
        for observation in self.log:
            if observation.observed_at <= moment:
                listed = {key: content_of(paper) for key, paper in self._papers(observation).items()}
                state = listed if observation.profile.listing_complete else {**state, **listed}
        return state

    def metric_runs(self) -> set[tuple[Any, ...]]:
        """Return (metric, value, valid_from, valid_to, last_confirmed_at)."""
        runs = []
        for name in METRIC_NAMES:
            own: list[list[Any]] = []
            for observation in self.log:
                value = getattr(observation.profile.metrics, name)
                if value is None:
                    continue
                moment = observation.observed_at
                if own and own[-1][1] == value:
                    own[-1][4] = moment
                else:
                    if own:
                        own[-1][3] = moment
                    own.append([name, value, moment, None, moment])
            runs += own
        return {tuple(run) for run in runs}

    def spells(self) -> list[dict[str, Any]]:
        """Return the versions of papers over the time they held, in order."""
        spells: list[dict[str, Any]] = []
        held: dict[str, dict[str, Any]] = {}
        for observation in self.log:
            moment, papers = observation.observed_at, self._papers(observation)
            state = self.listing_at(moment)
            for paper_id in [*held]:
                if state.get(paper_id) != held[paper_id]["content"]:
                    ended = held.pop(paper_id)
                    ended["valid_to"] = moment
            for paper_id, content in state.items():
                if paper_id not in held:
                    held[paper_id] = {
                        "paper_id": paper_id,
                        "content": content,
                        "valid_from": moment,
                        "valid_to": None,
                    }
                    spells.append(held[paper_id])
                if paper_id in papers:
                    held[paper_id]["last_seen_at"] = moment
                    held[paper_id]["position"] = papers[paper_id].position
        return spells

    def metric_diff(self, from_at: datetime, to_at: datetime) -> set[tuple[Any, ...]]:
        """Return (metric, old_value, new_value, changed_at, cause)."""
        before, after = self.metrics_at(from_at), self.metrics_at(to_at)
        rows = set()
        for name, value in after.items():
            if before.get(name) == value:
                continue
            (changed_at,) = (
                run[2]
                for run in self.metric_runs()
                if run[0] == name and run[2] <= to_at and (run[3] is None or run[3] > to_at)
            )
            is_reparse = any(getattr(r.profile.metrics, name) != value for r in self._earlier(changed_at))
            rows.add((name, before.get(name), value, changed_at, "reparse" if is_reparse else "source"))
        return rows

    def paper_diff(self, from_at: datetime, to_at: datetime) -> set[tuple[Any, ...]]:
        """Return (paper_id, change, field, old_value, new_value, changed_at, cause), values as text."""
        before, after = self.listing_at(from_at), self.listing_at(to_at)
        rows = set()
        for paper_id in before.keys() | after.keys():
            old, new = before.get(paper_id), after.get(paper_id)
            if old == new:
                continue
            if old is None or new is None:
                moments = [o.observed_at for o in self.log if o.observed_at <= to_at]
                listed = [paper_id in self.listing_at(moment) for moment in moments]
                # The newest moment at which the paper came to be listed, or not to be.
                changed_at = next(
                    moments[i] for i in range(len(moments) - 1, -1, -1) if i == 0 or listed[i - 1] != listed[-1]
                )
                change = "added" if old is None else "removed"
                rows.add((paper_id, change, None, None, None, changed_at, self._listing_cause(changed_at)))
                continue
            (changed_at,) = (
                spell["valid_from"]
                for spell in self.spells()
                if spell["paper_id"] == paper_id
                and spell["valid_from"] <= to_at
                and (spell["valid_to"] is None or spell["valid_to"] > to_at)
            )
            cause = self._listing_cause(changed_at)
            for name, was, now in zip(CONTENT, old, new, strict=True):
                if was != now:
                    rows.add((paper_id, "changed", name, _text(was), _text(now), changed_at, cause))
        return rows

    def last_changed_at(self) -> datetime:
        """Return the newest moment at which a metric or the listing changed, the first observation included."""
        moments = {self.log[0].observed_at, *(run[2] for run in self.metric_runs())}
        for spell in self.spells():
            moments |= {spell["valid_from"], spell["valid_to"] or spell["valid_from"]}
        return max(moments)

    def _earlier(self, moment: datetime) -> list[Observation]:
        (standing,) = (o for o in self.log if o.observed_at == moment)
        return [
            r
            for r in self.readings
            if r.observed_at == moment
            and r.capture_id == standing.capture_id
            and r.extractor_version < standing.extractor_version
        ]

    def _listing_cause(self, moment: datetime) -> str:
        (standing,) = (o for o in self.log if o.observed_at == moment)
        differs = any(r.profile.papers != standing.profile.papers for r in self._earlier(moment))
        return "reparse" if differs else "source"


def histories(observations: Iterable[Observation], judgements: Iterable[JudgedCapture] = ()) -> list[Author]:
    """Return the history of every author that has one."""
    judged: dict[str, JudgedCapture] = {}
    for judgement in judgements:
        known = judged.get(judgement.capture.capture_id)
        if known is None or judgement.extractor_version >= known.extractor_version:
            judged[judgement.capture.capture_id] = judgement
    by_author = defaultdict(list)
    for observation in observations:
        by_author[observation.author_id].append(observation)
    authors = [Author(author_id, readings, judged) for author_id, readings in sorted(by_author.items())]
    return [author for author in authors if author.log]


def _is_refused(reading: Observation, judged: dict[str, JudgedCapture]) -> bool:
    judgement = judged.get(reading.capture_id)
    return (
        judgement is not None
        and judgement.outcome is not Outcome.ACCEPTED
        and judgement.extractor_version > reading.extractor_version
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
