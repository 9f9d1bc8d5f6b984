"""All that is known of an author, in the form in which pages and the feed tell it. Times are aware, in UTC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice, pairwise
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from scholar_etl.store import metric_history, report_papers

if TYPE_CHECKING:
    import duckdb

_READ_AT_ONCE = 100
_COMPARED = ("title", "abstract", "category", "published_on", "has_code", "authors", "et_al", "affiliation")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a paper with its value before and after, as the warehouse has them."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class PaperChange:
    """A paper that was added to a listing, removed from it or changed, at a moment.

    `fields` is empty but for a paper that changed. `cause` is `source` or `reparse`.
    """

    at: datetime
    change: str
    paper_id: str
    title: str
    cause: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """What one page of an author said that was new: steps of metrics (rows of `metric_history`) and papers' changes."""

    author: Row
    at: datetime
    steps: Sequence[Row]
    papers: Sequence[PaperChange]

    @property
    def is_first(self) -> bool:
        """Whether it is the author's first page."""
        return bool(self.at == self.author["first_seen_at"])


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """An author (a row of `report_authors`), its metrics and its papers.

    `metrics` has the rows of `metric_history` by metric, in order. `listed` are the papers that are listed now, the
    newest first, as rows of `report_papers`. `paper_changes` come newest first; what the first page listed is none.
    """

    author: Row
    metrics: Mapping[str, Sequence[Row]]
    listed: Sequence[Row]
    paper_changes: Sequence[PaperChange]

    def moments(self) -> Iterator[Moment]:
        """Yield what each page said that was new, the newest first."""
        steps, papers = defaultdict(list), defaultdict(list)
        for rows in self.metrics.values():
            for row in rows:
                steps[row["valid_from"]].append(row)
        for change in self.paper_changes:
            papers[change.at].append(change)
        for at in sorted({*steps, *papers}, reverse=True):
            yield Moment(self.author, at, steps.get(at, ()), papers.get(at, ()))


def read_histories(
    connection: duckdb.DuckDBPyConnection, authors: Iterable[Row], *, from_at: datetime | None = None
) -> Iterator[AuthorHistory]:
    """Yield the history of each of these authors (rows of `report_authors`), holding some of them at a time.

    `from_at` (aware): what happened since is whole, and what happened before is not; None: all is.
    """
    rest = iter(authors)
    while part := list(islice(rest, _READ_AT_ONCE)):
        wanted = [author["author_id"] for author in part]
        steps = _by_author(metric_history(connection, *wanted, from_at=from_at))
        papers = _by_author(report_papers(connection, wanted, from_at=from_at))
        for author in part:
            author_id = author["author_id"]
            metrics = {
                metric: list(rows) for metric, rows in groupby(steps.get(author_id, ()), key=itemgetter("metric"))
            }
            versions = papers.get(author_id, ())
            changes = sorted(
                _paper_changes(versions, author["first_seen_at"]), key=attrgetter("at", "title"), reverse=True
            )
            yield AuthorHistory(author, metrics, sorted(_listed(versions), key=_age, reverse=True), changes)


def _by_author(rows: Iterable[Row]) -> dict[str, list[Row]]:
    return {author_id: list(found) for author_id, found in groupby(rows, key=itemgetter("author_id"))}


def _listed(versions: Iterable[Row]) -> list[Row]:
    return [row for row in versions if row["valid_to"] is None]


def _age(paper: Row) -> tuple[date, str]:
    return paper["published_on"] or date.min, paper["paper_id"]


def _paper_changes(versions: Iterable[Row], first_seen_at: datetime) -> Iterator[PaperChange]:
    for _, found in groupby(versions, key=itemgetter("paper_id")):
        rows = list(found)
        if rows[0]["valid_from"] > first_seen_at:
            yield _change("added", rows[0])
        for old, new in pairwise(rows):
            if old["valid_to"] == new["valid_from"]:
                fields = tuple(FieldChange(f, old[f], new[f]) for f in _COMPARED if old[f] != new[f])
                yield _change("changed", new, fields)
            else:
                yield _removal(old)
                yield _change("added", new)
        if rows[-1]["valid_to"] is not None:
            yield _removal(rows[-1])


def _change(change: str, row: Row, fields: tuple[FieldChange, ...] = ()) -> PaperChange:
    cause = "reparse" if row["is_reread"] else "source"
    return PaperChange(row["valid_from"], change, row["paper_id"], row["title"], cause, fields)


def _removal(row: Row) -> PaperChange:
    cause = "reparse" if row["is_reread_to"] else "source"
    return PaperChange(row["valid_to"], "removed", row["paper_id"], row["title"], cause)
