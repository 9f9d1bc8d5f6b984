"""What a warehouse must say, by brute force and in plain Python, from all that it was given.

Written from docs/architecture.md and docs/sql.md. Each method of `Oracle` gives the rows of the view or macro of its
name as dictionaries, in any order; moments are aware, lists are tuples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import combinations, groupby
from typing import Any

from scholar_etl.model import METRIC_NAMES, JudgedCapture, Observation, Outcome, Paper, WatchedAuthor
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
Load = tuple[Sequence[Observation], Sequence[JudgedCapture]]
Row = dict[str, Any]


@dataclass
class Known:
    """All that a warehouse was given, in the order of its arrival."""

    loads: list[Load] = field(default_factory=list)
    run_rows: dict[str, Row] = field(default_factory=dict)
    watched: Sequence[WatchedAuthor] = ()

    def copy(self) -> Known:
        """Return what later arrivals do not change."""
        return Known([*self.loads], deepcopy(self.run_rows), self.watched)

    @property
    def observations(self) -> list[Observation]:
        """The observations of all loads."""
        return [observation for observations, _ in self.loads for observation in observations]

    @property
    def judgements(self) -> list[JudgedCapture]:
        """The judgements of all loads."""
        return [judgement for _, judgements in self.loads for judgement in judgements]

    def begin_run(self, run_id: str, kind: str, started_at: datetime) -> None:
        """Begin a run; one that was running has been killed."""
        for row in self.run_rows.values():
            if row["status"] == "running":
                row["status"] = "abandoned"
        counts = ("author_count", "capture_count", "accepted_count", "quarantined_count", "failed_count")
        times = {"started_at": started_at, "finished_at": None}
        self.run_rows[run_id] = {"run_id": run_id, "kind": kind, **times, "status": "running", **dict.fromkeys(counts)}

    def finish_run(self, run_id: str, status: str, finished_at: datetime, author_count: int) -> None:
        """Finish a run, with the counts of its captures as they are judged now."""
        outcomes = [j.outcome for j in standing_judgements(self.judgements).values() if j.capture.run_id == run_id]
        accepted, held = outcomes.count(Outcome.ACCEPTED), outcomes.count(Outcome.QUARANTINED)
        self.run_rows[run_id] |= {
            "status": status,
            "finished_at": finished_at,
            "author_count": author_count,
            "capture_count": len(outcomes),
            "accepted_count": accepted,
            "quarantined_count": held,
            "failed_count": len(outcomes) - accepted - held,
        }


@dataclass
class State:
    """An author as known from one observation to the next."""

    observation: Observation
    shown: dict[str, Paper]
    """The papers that the page lists."""
    metrics: dict[str, int]
    """Each metric's newest value, once it has one."""
    listing: dict[str, Content]
    """The papers listed, or assumed to be since no complete listing lacked them."""

    @property
    def moment(self) -> datetime:
        """Since when it holds."""
        return self.observation.observed_at


class Author:
    """One author's history, from all readings of the author's pages and the refusals of captures."""

    def __init__(self, author_id: str, readings: Sequence[Observation], refused: dict[str, list[int]]) -> None:
        self.author_id = author_id
        self.readings = readings
        self.log = [*_standing_readings(readings, refused)]

    @cached_property
    def alias(self) -> dict[str, str]:
        """The ids by title that are one paper with a link: its title, no other link's, and never both on one page."""
        titles, sighted = defaultdict(set), defaultdict(set)
        for observation in self.log:
            for paper_id, paper in _shown(observation, {}).items():
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

    @cached_property
    def states(self) -> list[State]:
        """What was known after each observation."""
        states = []
        metrics: dict[str, int] = {}
        listing: dict[str, Content] = {}
        for observation in self.log:
            profile, shown = observation.profile, _shown(observation, self.alias)
            values = {name: getattr(profile.metrics, name) for name in METRIC_NAMES}
            metrics = metrics | {name: value for name, value in values.items() if value is not None}
            listed = {paper_id: _content(paper) for paper_id, paper in shown.items()}
            listing = listed if profile.listing_complete else listing | listed
            states.append(State(observation, shown, metrics, listing))
        return states

    @property
    def newest(self) -> State:
        """The state that holds."""
        return self.states[-1]

    def states_until(self, moment: datetime) -> list[State]:
        """Return the states that had begun by then."""
        return [state for state in self.states if state.moment <= moment]

    def since(self, moment: datetime, key: Callable[[State], Any]) -> datetime:
        """Return since when `key` of the states has been, without a break, what it is at `moment`."""
        return _runs(self.states_until(moment), key)[-1][0].moment

    def metric_versions(self) -> Iterator[Row]:
        """Yield the rows of `author_metrics`."""
        for name in METRIC_NAMES:
            for states, valid_to in self._versions(lambda state, name=name: state.metrics.get(name)):
                confirming = [s for s in states if getattr(s.observation.profile.metrics, name) is not None]
                yield {
                    "author_id": self.author_id,
                    "metric": name,
                    "value": states[0].metrics[name],
                    "valid_from": states[0].moment,
                    "valid_to": valid_to,
                    "last_confirmed_at": confirming[-1].moment,
                    "is_current": valid_to is None,
                }

    def paper_versions(self) -> Iterator[Row]:
        """Yield the rows of `paper_history`, each with the `position` of its last sighting."""
        for paper_id in sorted({paper_id for state in self.states for paper_id in state.listing}):
            for states, valid_to in self._versions(lambda state, paper_id=paper_id: state.listing.get(paper_id)):
                last = [state for state in states if paper_id in state.shown][-1]
                yield {
                    "author_id": self.author_id,
                    "paper_id": paper_id,
                    **dict(zip(CONTENT, states[0].listing[paper_id], strict=True)),
                    "valid_from": states[0].moment,
                    "valid_to": valid_to,
                    "last_confirmed_at": last.moment,
                    "is_current": valid_to is None,
                    "position": last.shown[paper_id].position,
                }

    def metric_changes(self, from_at: datetime, to_at: datetime) -> Iterator[Row]:
        """Yield the rows of `metric_diff`."""
        old, new = (_last(self.states_until(moment), "metrics") for moment in (from_at, to_at))
        for metric, value in new.items():
            was = old.get(metric)
            if was == value:
                continue
            changed_at = self.since(to_at, lambda state, metric=metric: state.metrics.get(metric))
            is_reparse = any(getattr(r.profile.metrics, metric) != value for r in self._earlier_readings(changed_at))
            yield {
                "author_id": self.author_id,
                "name": self.log[-1].profile.name,
                "metric": metric,
                "old_value": was,
                "new_value": value,
                "delta": None if was is None else value - was,
                "pct_change": 100 * (value - was) / was if was else None,
                "changed_at": changed_at,
                "cause": "reparse" if is_reparse else "source",
            }

    def paper_changes(self, from_at: datetime, to_at: datetime) -> Iterator[Row]:
        """Yield the rows of `paper_diff`."""
        before, after = (_last(self.states_until(moment), "listing") for moment in (from_at, to_at))
        for paper_id in before.keys() | after.keys():
            old, new = before.get(paper_id), after.get(paper_id)
            if old == new:
                continue
            details: list[tuple[Any, ...]] = [(None, None, None)]
            if old is None or new is None:
                change = "added" if old is None else "removed"
                changed_at = self.since(to_at, lambda state, paper_id=paper_id: paper_id in state.listing)
            else:
                change = "changed"
                changed_at = self.since(to_at, lambda state, paper_id=paper_id: state.listing.get(paper_id))
                fields = zip(CONTENT, old, new, strict=True)
                details = [(name, _text(was), _text(now)) for name, was, now in fields if was != now]
            for name, old_value, new_value in details:
                yield {
                    "author_id": self.author_id,
                    "paper_id": paper_id,
                    "title": (new or old)[CONTENT.index("title")],
                    "change": change,
                    "field": name,
                    "old_value": old_value,
                    "new_value": new_value,
                    "changed_at": changed_at,
                    "cause": self._listing_cause(changed_at),
                }

    def may_lose_position(self, paper_id: str, seen_at: datetime) -> bool:
        """Whether a reading that does not stand listed the paper after its last sighting."""
        taken_back = (r for r in self.readings if r.observed_at > seen_at and r not in self.log)
        return any(paper_id in _shown(reading, self.alias) for reading in taken_back)

    def _versions(self, key: Callable[[State], Any]) -> Iterator[tuple[list[State], datetime | None]]:
        """Yield the stretches of states with the same `key`, unless that is None, and when the next one begins."""
        runs = _runs(self.states, key)
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            if key(run[0]) is not None:
                yield run, following[0].moment if following else None

    def _earlier_readings(self, moment: datetime) -> list[Observation]:
        (standing,) = (o for o in self.log if o.observed_at == moment)
        return [
            r
            for r in self.readings
            if (r.observed_at, r.capture_id) == (moment, standing.capture_id)
            and r.extractor_version < standing.extractor_version
        ]

    def _listing_cause(self, moment: datetime) -> str:
        (standing,) = (o for o in self.log if o.observed_at == moment)
        differs = any(r.profile.papers != standing.profile.papers for r in self._earlier_readings(moment))
        return "reparse" if differs else "source"


class Oracle:
    """The rows of every view and macro of a warehouse that was given what is known."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.judged = standing_judgements(known.judgements)
        refused = defaultdict(list)
        for judgement in known.judgements:
            if judgement.outcome is not Outcome.ACCEPTED:
                refused[judgement.capture.capture_id].append(judgement.extractor_version)
        by_author = defaultdict(list)
        for observation in known.observations:
            by_author[observation.author_id].append(observation)
        every = [Author(author_id, readings, refused) for author_id, readings in sorted(by_author.items())]
        self.histories = [author for author in every if author.log]

    def log(self) -> dict[tuple[str, datetime], tuple[str, int]]:
        """Return which reading stands, by author and moment: its capture and the version of its extractor."""
        return {
            (o.author_id, o.observed_at): (o.capture_id, o.extractor_version) for a in self.histories for o in a.log
        }

    def authors(self) -> list[Row]:
        """Return the rows of the view."""
        tags = {author.author_id: tuple(author.tags) for author in reversed(self.known.watched)}
        return [
            {
                "author_id": author.author_id,
                "source": author.log[-1].source,
                "name": author.log[-1].profile.name,
                "field": author.log[-1].profile.field,
                "url": author.log[-1].url,
                "first_seen_at": author.log[0].observed_at,
                "last_seen_at": author.log[-1].observed_at,
                "last_changed_at": author.since(author.newest.moment, lambda state: (state.metrics, state.listing)),
                **{name: author.newest.metrics.get(name) for name in METRIC_NAMES},
                "tags": tags.get(author.author_id, ()),
            }
            for author in self.histories
        ]

    def author_metrics(self) -> list[Row]:
        """Return the rows of the view."""
        return [row for author in self.histories for row in author.metric_versions()]

    def paper_history(self) -> list[Row]:
        """Return the rows of the view."""
        return [_without(row, "position") for author in self.histories for row in author.paper_versions()]

    def papers(self) -> list[Row]:
        """Return the rows of the view."""
        rows = []
        for author in self.histories:
            versions = [*author.paper_versions()]
            for row in versions:
                if row["is_current"]:
                    first = min(other["valid_from"] for other in versions if other["paper_id"] == row["paper_id"])
                    seen = {"first_seen_at": first, "last_seen_at": row["last_confirmed_at"]}
                    rows.append(_without(row, "valid_from", "valid_to", "last_confirmed_at", "is_current") | seen)
        return rows

    def captures(self) -> list[Row]:
        """Return the rows of the view."""
        names = (
            "capture_id", "author_id", "url", "fetched_at", "http_status", "payload_digest", "warc_file",
            "warc_offset", "source", "run_id", "error", "refers_to",
        )  # fmt: skip
        return [
            {name: getattr(judged.capture, name) for name in names}
            | {"outcome": judged.outcome.value, "extractor_version": judged.extractor_version}
            for judged in self.judged.values()
        ]

    def runs(self) -> list[Row]:
        """Return the rows of the view."""
        return [*self.known.run_rows.values()]

    def quarantine(self) -> list[Row]:
        """Return the rows of the view."""
        observed = defaultdict(list)
        for author_id, moment in self.log():
            observed[author_id].append(moment)
        return [
            {
                "capture_id": judged.capture.capture_id,
                "author_id": judged.capture.author_id,
                "fetched_at": judged.capture.fetched_at,
                "url": judged.capture.url,
                "reasons": "\n".join(f"{problem.rule}: {problem.detail}" for problem in judged.problems),
                "problems": tuple(
                    {"rule": problem.rule, "severity": problem.severity.value, "detail": problem.detail}
                    for problem in judged.problems
                ),
                "extractor_version": judged.extractor_version,
                "resolved_at": min(
                    (m for m in observed[judged.capture.author_id] if m >= judged.capture.fetched_at), default=None
                ),
            }
            for judged in self.judged.values()
            if judged.outcome is Outcome.QUARANTINED
        ]

    def metrics_as_of(self, moment: datetime) -> list[Row]:
        """Return the rows of the macro."""
        return [
            {
                "author_id": author.author_id,
                "name": state.observation.profile.name,
                **{name: state.metrics.get(name) for name in METRIC_NAMES},
                "observed_at": state.moment,
            }
            for author in self.histories
            for state in author.states_until(moment)[-1:]
        ]

    def papers_as_of(self, moment: datetime) -> list[Row]:
        """Return the rows of the macro."""
        return [
            {
                "author_id": author.author_id,
                "paper_id": paper_id,
                **dict(zip(CONTENT, content, strict=True)),
                "valid_from": author.since(moment, lambda state, paper_id=paper_id: state.listing.get(paper_id)),
            }
            for author in self.histories
            for paper_id, content in _last(author.states_until(moment), "listing").items()
        ]

    def metric_diff(self, from_at: datetime, to_at: datetime) -> list[Row]:
        """Return the rows of the macro; `from_at` is not after `to_at`."""
        return [row for author in self.histories for row in author.metric_changes(from_at, to_at)]

    def paper_diff(self, from_at: datetime, to_at: datetime) -> list[Row]:
        """Return the rows of the macro; `from_at` is not after `to_at`."""
        return [row for author in self.histories for row in author.paper_changes(from_at, to_at)]

    def has_orphans(self) -> bool:
        """Whether an observation came without its capture."""
        return any(capture_id not in self.judged for capture_id, _ in self.log().values())


def standing_judgements(judgements: Iterable[JudgedCapture]) -> dict[str, JudgedCapture]:
    """Return by capture the judgement of the highest extractor version."""
    standing: dict[str, JudgedCapture] = {}
    for judgement in judgements:
        known = standing.setdefault(judgement.capture.capture_id, judgement)
        if judgement.extractor_version > known.extractor_version:
            standing[judgement.capture.capture_id] = judgement
    return standing


def _standing_readings(readings: Iterable[Observation], refused: dict[str, list[int]]) -> Iterator[Observation]:
    """Yield for each moment the smallest capture's reading by the highest extractor, unless a later one refused it."""
    by_moment = defaultdict(list)
    for reading in readings:
        by_moment[reading.observed_at].append(reading)
    for moment in sorted(by_moment):
        speaking = min(by_moment[moment], key=lambda r: (r.capture_id, -r.extractor_version))
        if not any(version > speaking.extractor_version for version in refused.get(speaking.capture_id, ())):
            yield speaking


def _runs(states: Iterable[State], key: Callable[[State], Any]) -> list[list[State]]:
    """Return the states in stretches of the same `key`."""
    return [[*run] for _, run in groupby(states, key)]


def _shown(observation: Observation, alias: Mapping[str, str]) -> dict[str, Paper]:
    """Return the papers of a page by id; one shown twice counts where it is shown first."""
    papers: dict[str, Paper] = {}
    for paper in observation.profile.papers:
        papers.setdefault(alias.get(paper.paper_id, paper.paper_id), paper)
    return papers


def _last(states: Sequence[State], name: str) -> dict[str, Any]:
    value: dict[str, Any] = getattr(states[-1], name) if states else {}
    return value


def _content(paper: Paper) -> Content:
    """Return all that makes a version of a paper: not its place, not its id."""
    return tuple(getattr(paper, name) for name in CONTENT)


def _without(row: Row, *names: Hashable) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
