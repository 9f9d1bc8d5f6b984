"""Small worlds of authors and pages, and the comparison of a warehouse with the oracle at every instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations_with_replacement
from typing import Any
from uuid import UUID

import duckdb
from oracle import Oracle

from scholar_etl.extract import observe as observe_capture
from scholar_etl.model import (
    Capture,
    Extraction,
    JudgedCapture,
    Metrics,
    Observation,
    Outcome,
    Paper,
    Problem,
    Profile,
    Severity,
)
from scholar_etl.normalise import paper_key

START = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
HALF = timedelta(hours=12)


def at(day: float) -> datetime:
    """Return the moment of a day's capture."""
    return START + timedelta(days=day)


def capture_id(author: int, day: int, copy: int = 0) -> str:
    """Return a UUID for an author's capture of a day; `copy` tells several of one moment apart."""
    return str(UUID(int=author << 64 | day << 8 | copy))


def paper(name: str, position: int = 1, *, link: str | None = None, **content: Any) -> Paper:
    """Return a paper with all that is not given made from its name; `link` is its arXiv id."""
    title = content.pop("title", f"On {name}")
    content.setdefault("abstract", f"We study {name}.")
    content.setdefault("authors", ("A. One", "B. Two"))
    return Paper(position=position, title=title, paper_id=paper_key(title, link), arxiv_id=link, **content)


PAPERS = (
    # One paper, with and without a link, its title spelt in two ways.
    paper("x"),
    paper("x", link="1"),
    paper("x", link="1", has_code=True),
    paper("x", link="1", title="ON X", abstract=None),
    # One whose every field may change.
    paper("y", category="CL", arxiv_category="cs.CL"),
    paper("y", category="AS", published_on=date(2022, 5, 30), authors=("A. One",), et_al=True, affiliation="Lab"),
    paper("y", link="2", category="CL", abstract=""),
    # One title with two links, of which one is given another title.
    paper("z"),
    paper("z", link="3"),
    paper("z", link="4"),
    paper("w"),
    paper("w", link="3"),
)
"""The few contents that listings are made of, so that flips, gaps and returns are many."""


@dataclass(frozen=True)
class Reading:
    """What an extractor made of a capture: its judgement, and the observation when it was accepted."""

    judged: JudgedCapture
    observation: Observation | None

    @property
    def content(self) -> Profile | Outcome:
        """What `read` made it of."""
        return self.observation.profile if self.observation else self.judged.outcome

    @property
    def key(self) -> tuple[str, int]:
        """The capture and the version of the extractor: what a reading is a function of."""
        return self.judged.capture.capture_id, self.judged.extractor_version


def capture_of(author: int, day: int, copy: int = 0, **changes: Any) -> Capture:
    """Return an author's capture of a day; `changes` are fields of it."""
    capture = Capture(
        capture_id=capture_id(author, day, copy),
        run_id=f"run-{day}",
        source="scholarfeed",
        author_id=f"scholarfeed:{author}",
        url=f"https://www.scholarfeed.org/author/{author}",
        fetched_at=at(day),
        http_status=200,
        payload_digest="sha1:AAAA",
        warc_file=f"{day}.warc.gz",
        warc_offset=author,
    )
    return replace(capture, **changes)


def read(capture: Capture, content: Profile | Outcome, version: int = 1) -> Reading:
    """Return what an extractor made of a capture: a profile, or the outcome for which it was refused."""
    if isinstance(content, Outcome):
        problems = (
            Problem("out_of_range", Severity.ERROR, "h_index is -1"),
            Problem("no_name", Severity.WARNING, "the page names nobody"),
        )
        return Reading(JudgedCapture(capture, content, version, problems), None)
    flags = (Problem("listing_incomplete", Severity.WARNING, "1 of 2 papers"),)
    extraction = Extraction(capture.source, Outcome.ACCEPTED, version, content, flags)
    return Reading(JudgedCapture(capture, Outcome.ACCEPTED, version, flags), observe_capture(extraction, capture))


def placed(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """Return the papers with their positions."""
    return tuple(replace(item, position=place) for place, item in enumerate(papers, 1))


def observe(
    day: int,
    papers: Sequence[Paper] = (),
    *,
    author: int = 1,
    complete: bool = True,
    version: int = 1,
    copy: int = 0,
    **metrics: int | None,
) -> Observation:
    """Return an observation of a day; the papers get their positions here."""
    profile = Profile(f"Author {author}", "CL", Metrics(**metrics), placed(papers), len(papers), complete)
    observation = read(capture_of(author, day, copy), profile, version).observation
    assert observation is not None
    return observation


def judge(
    day: int,
    outcome: Outcome = Outcome.ACCEPTED,
    *,
    author: int = 1,
    version: int = 1,
    copy: int = 0,
    **changes: Any,
) -> JudgedCapture:
    """Return the judgement of a day's capture; `changes` are fields of the capture."""
    problems = (Problem("out_of_range", Severity.ERROR, "h_index is -1"),) if outcome is Outcome.QUARANTINED else ()
    return JudgedCapture(capture_of(author, day, copy, **changes), outcome, version, problems)


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty every table, whatever they are: quicker than a new file."""
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'etl' and table_name not in ('migration', 'definition')"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"delete from etl.{table}")  # noqa: S608


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """Return a query's rows by column name; moments are aware here and naive there, lists come as tuples."""
    result = connection.execute(query, [_stored(value) for value in parameters])
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in result.fetchall()]


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return [_stored(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value


VIEWS = ("authors", "author_metrics", "papers", "paper_history", "captures", "runs", "quarantine")
AS_OF = ("metrics_as_of", "papers_as_of")
DIFF = ("metric_diff", "paper_diff")


def view_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every public view."""
    return {view: rows(connection, f"from {view}") for view in VIEWS}


def assert_views_equal(connection: duckdb.DuckDBPyConnection, oracle: Oracle) -> dict[str, list[dict[str, Any]]]:
    """Compare every view with the oracle, and return its rows."""
    views = view_rows(connection)
    for view, stored in views.items():
        expected = getattr(oracle, view)()
        if view == "papers":
            expected = [_as_documented(row, stored, oracle) for row in expected]
        assert_same(view, stored, expected)
    return views


def assert_macros_equal(connection: duckdb.DuckDBPyConnection, oracle: Oracle) -> None:
    """Compare every macro with the oracle at every instant: those of all pages, before, between and after them.

    The differences are those of every two pages, and from before the first to after the last. One query a macro asks
    for all: a call for each would take minutes.
    """
    pages = {reading.observed_at for reading in oracle.known.observations}
    pages |= {judged.capture.fetched_at for judged in oracle.known.judgements}
    instants = sorted({instant for page in pages for instant in (page - HALF, page, page + HALF)})
    spans = [*combinations_with_replacement(sorted({*pages, *instants[:1], *instants[-1:]}), 2)]
    for macro in AS_OF:
        query = f"from (select unnest(?::timestamp[]) as ts) i, lateral (from {macro}(i.ts))"
        stored = rows(connection, query, instants)
        assert_same(macro, stored, [{"ts": ts} | row for ts in instants for row in getattr(oracle, macro)(ts)])
    for macro in DIFF:
        query = (
            "from (select unnest(?::timestamp[]) as from_ts, unnest(?::timestamp[]) as to_ts) i, "
            f"lateral (from {macro}(i.from_ts, i.to_ts))"
        )
        stored = rows(connection, query, [a for a, _ in spans], [b for _, b in spans])
        expected = [{"from_ts": a, "to_ts": b} | row for a, b in spans for row in getattr(oracle, macro)(a, b)]
        assert_same(macro, stored, expected)


def assert_same(relation: str, stored: Iterable[dict[str, Any]], expected: Iterable[dict[str, Any]]) -> None:
    """Compare rows in any order, and say which are too many and which are missing."""
    found, wanted = Counter(map(_frozen, stored)), Counter(map(_frozen, expected))
    extra, missing = [[dict(row) for row in difference] for difference in (found - wanted, wanted - found)]
    assert (extra, missing) == ([], []), relation


def _frozen(row: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, str(value) if name == "problems" else value) for name, value in row.items()))


def _as_documented(expected: dict[str, Any], stored: list[dict[str, Any]], oracle: Oracle) -> dict[str, Any]:
    """Return the row of `papers` without its position, where the stored one has none and is allowed to."""
    key = (expected["author_id"], expected["paper_id"])
    found = [row for row in stored if (row["author_id"], row["paper_id"]) == key]
    (author,) = (author for author in oracle.histories if author.author_id == key[0])
    is_lost = [row["position"] for row in found] == [None]
    if is_lost and author.may_lose_position(expected["paper_id"], expected["last_seen_at"]):
        return expected | {"position": None}
    return expected
