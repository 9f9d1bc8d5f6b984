"""Small worlds of authors and pages, and the comparison of a warehouse with the oracle at every instant."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import duckdb
from oracle import CONTENT, Author, histories

from scholar_etl.model import (
    METRIC_NAMES,
    Capture,
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
    placed = tuple(replace(item, position=place) for place, item in enumerate(papers, 1))
    return Observation(
        author_id=f"scholarfeed:{author}",
        observed_at=at(day),
        profile=Profile(f"Author {author}", "CL", Metrics(**metrics), placed, len(placed), complete),
        capture_id=capture_id(author, day, copy),
        run_id=f"run-{day}",
        extractor_version=version,
        source="scholarfeed",
        url=f"https://www.scholarfeed.org/author/{author}",
    )


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
    held = outcome is Outcome.QUARANTINED
    problems = (Problem("out_of_range", Severity.ERROR, "h_index is -1"),) if held else ()
    return JudgedCapture(replace(capture, **changes), outcome, version, problems)


def random_paper(choose: random.Random, name: int) -> Paper:
    """Return one of the few contents that a paper of that name may have."""
    # Two names share a title, so that links appear, vanish and are ambiguous.
    return paper(
        f"{name}",
        title=f"Title {name // 2} {choose.choice(['a', 'b', 'b', 'b'])}",
        link=choose.choice([None, None, f"2201.0000{name}"]),
        category=choose.choice(["CL", "AS"]),
        has_code=choose.random() < 0.2,
        published_on=choose.choice([None, date(2022, 5, 30), date(2022, 5, 30)]),
        abstract=choose.choice([None, "Short.", "Short."]),
    )


def random_reading(choose: random.Random, author: int, day: int, copy: int, version: int) -> Observation:
    """Return a reading; papers and values are few, so that flips, gaps and returns are many."""
    variants = random.Random(f"{author} {choose.randrange(2)}")  # noqa: S311
    pool = [random_paper(variants, name) for name in range(5)]
    kept = [item for item in pool if choose.random() < 0.7]
    distinct = list({item.paper_id: item for item in kept}.values())
    if choose.random() < 0.2:
        choose.shuffle(distinct)
    values = {name: choose.choice([None, 1, 1, 2]) for name in METRIC_NAMES}
    return observe(
        day,
        distinct,
        author=author,
        complete=choose.random() < 0.6,
        version=version,
        copy=copy,
        **values,
    )


def random_world(choose: random.Random, authors: int, days: int) -> tuple[list[Observation], list[JudgedCapture]]:
    """Return readings of every author, some days twice or by a newer extractor, and refusals by newer extractors.

    A day that a newer extractor refuses has one capture: which of two would stand instead is not defined.
    """
    readings, judgements = [], []
    for author in range(1, authors + 1):
        for day in range(days):
            kind = choose.random()
            keys = [(0, 1)]
            if kind < 0.15:
                keys = [(0, 1), (0, 2)]
            elif kind < 0.25:
                keys = [(0, 1), (1, 1), (1, 2)]
            elif kind < 0.35:
                keys = [(0, 1), (0, 3)] if choose.random() < 0.5 else [(0, 1)]
                judgements.append(judge(day, Outcome.QUARANTINED, author=author, version=2))
            readings += [random_reading(choose, author, day, copy, version) for copy, version in keys]
    return readings, judgements


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty every table: quicker than a new file."""
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'etl' "
        "and table_name not in ('migration', 'definition')"
    )
    for (table,) in tables.fetchall():
        connection.execute(f"delete from etl.{table}")  # noqa: S608


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """Return a query's rows by column name, moments aware and lists as tuples."""
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in result.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value


def assert_equal_to_oracle(
    connection: duckdb.DuckDBPyConnection,
    observations: Sequence[Observation],
    judgements: Sequence[JudgedCapture] = (),
    spans: Sequence[tuple[datetime, datetime]] = (),
) -> None:
    """Compare every view and macro with the oracle, as of every observation and between, and over `spans`."""
    authors = histories(observations, judgements)
    _compare_views(connection, authors, may_lose_position=any(o.extractor_version > 1 for o in observations))
    moments = sorted({o.observed_at for o in observations})
    for moment in [moments[0] - HALF, *moments, *(m + HALF for m in moments)]:
        stored = {
            (row["author_id"], name): row[name]
            for row in rows(connection, "from metrics_as_of(?)", moment.replace(tzinfo=None))
            for name in METRIC_NAMES
            if row[name] is not None
        }
        assert stored == {(a.author_id, name): value for a in authors for name, value in a.metrics_at(moment).items()}
        listed = {
            (row["author_id"], row["paper_id"]): tuple(row[name] for name in CONTENT)
            for row in rows(connection, "from papers_as_of(?)", moment.replace(tzinfo=None))
        }
        assert listed == {
            (a.author_id, paper_id): content for a in authors for paper_id, content in a.listing_at(moment).items()
        }
    for from_at, to_at in spans:
        _compare_diffs(connection, authors, from_at, to_at)


def _compare_views(connection: duckdb.DuckDBPyConnection, authors: list[Author], *, may_lose_position: bool) -> None:
    stored = rows(connection, "from author_metrics")
    names = ("metric", "value", "valid_from", "valid_to", "last_confirmed_at")
    assert sorted([r["author_id"], *map(str, (r[n] for n in names))] for r in stored) == sorted(
        [a.author_id, *map(str, run)] for a in authors for run in a.metric_runs()
    )
    assert all(r["is_current"] == (r["valid_to"] is None) for r in stored)

    spells = [(a, spell) for a in authors for spell in a.spells()]
    stored = rows(connection, "from paper_history")
    assert sorted(
        (
            r["author_id"],
            r["paper_id"],
            str(r["valid_from"]),
            str(r["valid_to"]),
            str(r["last_confirmed_at"]),
            str(tuple(r[n] for n in CONTENT)),
        )
        for r in stored
    ) == sorted(
        (
            a.author_id,
            spell["paper_id"],
            str(spell["valid_from"]),
            str(spell["valid_to"]),
            str(spell["last_seen_at"]),
            str(spell["content"]),
        )
        for a, spell in spells
    )

    first: dict[tuple[str, str], datetime] = {}
    for a, spell in spells:
        first.setdefault((a.author_id, spell["paper_id"]), spell["valid_from"])
    expected = {(a.author_id, s["paper_id"]): s for a, s in spells if s["valid_to"] is None}
    stored = rows(connection, "from papers")
    assert len(stored) == len(expected)
    for row in stored:
        key = (row["author_id"], row["paper_id"])
        assert tuple(row[n] for n in CONTENT) == expected[key]["content"]
        assert row["first_seen_at"] == first[key]
        assert row["last_seen_at"] == expected[key]["last_seen_at"]
        if row["position"] is not None or not may_lose_position:
            assert row["position"] == expected[key]["position"]

    stored = rows(connection, "from authors order by author_id")
    assert [(r["author_id"], r["first_seen_at"], r["last_seen_at"], r["last_changed_at"]) for r in stored] == [
        (a.author_id, a.log[0].observed_at, a.log[-1].observed_at, a.last_changed_at()) for a in authors
    ]
    for row, author in zip(stored, authors, strict=True):
        newest = author.metrics_at(author.log[-1].observed_at)
        assert {name: row[name] for name in METRIC_NAMES} == {n: newest.get(n) for n in METRIC_NAMES}


def _compare_diffs(
    connection: duckdb.DuckDBPyConnection, authors: list[Author], from_at: datetime, to_at: datetime
) -> None:
    span = (from_at.replace(tzinfo=None), to_at.replace(tzinfo=None))
    stored = rows(connection, "from metric_diff(?, ?)", *span)
    names = ("author_id", "metric", "old_value", "new_value", "changed_at", "cause")
    assert sorted(str([r[n] for n in names]) for r in stored) == sorted(
        str([a.author_id, *row]) for a in authors for row in a.metric_diff(from_at, to_at)
    )
    stored = rows(connection, "from paper_diff(?, ?)", *span)
    names = ("author_id", "paper_id", "change", "field", "old_value", "new_value", "changed_at", "cause")
    assert sorted(str([r[n] for n in names]) for r in stored) == sorted(
        str([a.author_id, *row]) for a in authors for row in a.paper_diff(from_at, to_at)
    )
