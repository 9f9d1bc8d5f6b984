"""The entries of the Atom feed (RFC 4287): one for each page that said something new of an author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from scholar_etl.fields import METRIC_WORDS
from scholar_etl.report.history import Moment, Row, read_histories
from scholar_etl.report.render import iso
from scholar_etl.text import short_line

if TYPE_CHECKING:
    import duckdb

_OURS = UUID("3f2a1c8e-5b0d-4e57-9a55-6d1f0c2b7e90")
_MOST_ENTRIES = 100
_LONGEST_NAME, _LONGEST_TITLE = 80, 120


def feed_id(run_id: str | None) -> str:
    """Return the feed's id: that of the warehouse's first run makes it a feed of its own."""
    return uuid5(_OURS, run_id or "").urn


def entry_id(moment: Moment) -> str:
    """Return the id of an entry: the same as long as the page is in history."""
    return uuid5(_OURS, f"{moment.author['author_id']} {iso(moment.at)}").urn


def newest_moments(connection: duckdb.DuckDBPyConnection, authors: Iterable[Row]) -> list[Moment]:
    """Return the newest pages of all that said something new, the newest first."""
    # That many authors have as many newest moments: none that is older than all of those is among the newest.
    lately = nlargest(_MOST_ENTRIES, authors, key=itemgetter("last_news_at"))
    from_at = lately[-1]["last_news_at"] if len(lately) == _MOST_ENTRIES else None
    histories = read_histories(connection, lately, from_at=from_at)
    moments = (moment for history in histories for moment in history.moments())
    told = (moment for moment in moments if from_at is None or moment.at >= from_at)
    return nlargest(_MOST_ENTRIES, told, key=lambda moment: (moment.at, moment.author["author_id"]))


def headline(moment: Moment) -> str:
    """Return what an entry says, in one line."""
    name = short_line(moment.author["name"], _LONGEST_NAME)
    if moment.is_first:
        return f"{name}: first seen"
    told = list(_tell(moment))
    return f"{name}: {told[0]}" + (f", and {len(told) - 1} more" if len(told) > 1 else "")


def _tell(moment: Moment) -> Iterator[str]:
    for step in moment.steps:
        old = "" if step["old_value"] is None else f"{step['old_value']:,} → "
        yield f"{METRIC_WORDS[step['metric']]} {old}{step['value']:,}"
    for paper in moment.papers:
        yield f"paper {paper.change}: {short_line(paper.title, _LONGEST_TITLE)}"
