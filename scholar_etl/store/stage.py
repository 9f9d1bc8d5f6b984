"""Observations and captures as Arrow tables, for the set SQL of `warehouse/loads/`.

Hashes are blake2b, 128 bit, and travel as UUIDs: 16 bytes fixed, in every DuckDB version that may read the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import pyarrow as pa

from scholar_etl.errors import WarehouseError
from scholar_etl.model import METRIC_NAMES, JudgedCapture, Observation, Paper, WatchedAuthor
from scholar_etl.normalise import paper_key
from scholar_etl.store.sql import naive_utc

_UUID = pa.uuid()
_TIMESTAMP = pa.timestamp("us")
_STRINGS = pa.list_(pa.string())
_PROBLEMS = pa.list_(pa.struct({"rule": pa.string(), "severity": pa.string(), "detail": pa.string()}))

_OBSERVATION = pa.schema(
    {
        "author_id": pa.string(),
        "observed_at": _TIMESTAMP,
        "capture_id": _UUID,
        "run_id": pa.string(),
        "recorded_at": _TIMESTAMP,
        "extractor_version": pa.int32(),
        "source": pa.string(),
        "url": pa.string(),
        "name": pa.string(),
        "field": pa.string(),
        "listing_complete": pa.bool_(),
        "heading_count": pa.int32(),
        **dict.fromkeys(METRIC_NAMES, pa.int64()),
        "listing_hash": _UUID,
    }
)
_LISTING = pa.schema({"listing_hash": _UUID, "position": pa.int32(), "paper_id": pa.string(), "content_hash": _UUID})
_VERSION = pa.schema(
    {
        "content_hash": _UUID,
        "category": pa.string(),
        "arxiv_category": pa.string(),
        "published_on": pa.date32(),
        "has_code": pa.bool_(),
        "affiliation": pa.string(),
        "authors": _STRINGS,
        "et_al": pa.bool_(),
        "text_hash": _UUID,
    }
)
_TEXT = pa.schema({"text_hash": _UUID, "title_key": _UUID, "title": pa.string(), "abstract": pa.string()})
_CAPTURE = pa.schema(
    {
        "capture_id": _UUID,
        "run_id": pa.string(),
        "source": pa.string(),
        "author_id": pa.string(),
        "url": pa.string(),
        "fetched_at": _TIMESTAMP,
        "http_status": pa.int32(),
        "outcome": pa.string(),
        "extractor_version": pa.int32(),
        "payload_digest": pa.string(),
        "warc_file": pa.string(),
        "warc_offset": pa.int64(),
        "etag": pa.string(),
        "last_modified": pa.string(),
        "error": pa.string(),
        "refers_to": _UUID,
        "requested_url": pa.string(),
        "problems": _PROBLEMS,
    }
)

_WATCH = pa.schema({"author_id": pa.string(), "source": pa.string(), "label": pa.string(), "tags": _STRINGS})

# Stands for None in hashes. No page can show it: HTML has no NUL.
_NOT_SHOWN = "\0"


@dataclass(frozen=True, slots=True)
class Staged:
    """What a load starts from: the rows of the log, and the papers of each distinct listing, by its hash."""

    observations: pa.Table
    listings: Mapping[bytes, tuple[Paper, ...]]


def stage_observations(observations: Iterable[Observation], recorded_at: datetime) -> Staged:
    """Hash and tabulate the observations; exact repeats (author, instant, capture, extractor) are left out."""
    columns: dict[str, list[object]] = {name: [] for name in _OBSERVATION.names}
    listings: dict[bytes, tuple[Paper, ...]] = {}
    seen: set[tuple[object, ...]] = set()
    recorded = naive_utc(recorded_at)
    for observation in observations:
        key = (
            observation.author_id,
            observation.observed_at,
            observation.capture_id,
            observation.extractor_version,
        )
        if key in seen:
            continue
        seen.add(key)
        profile = observation.profile
        listing_hash = _hash_listing(profile.papers)
        listings.setdefault(listing_hash, profile.papers)
        row = {
            "author_id": observation.author_id,
            "observed_at": naive_utc(observation.observed_at),
            "capture_id": _uuid(observation.capture_id),
            "run_id": observation.run_id,
            "recorded_at": recorded,
            "extractor_version": observation.extractor_version,
            "source": observation.source,
            "url": observation.url,
            "name": profile.name,
            "field": profile.field,
            "listing_complete": profile.listing_complete,
            "heading_count": profile.heading_count,
            **{name: getattr(profile.metrics, name) for name in METRIC_NAMES},
            "listing_hash": listing_hash,
        }
        for name, value in row.items():
            columns[name].append(value)
    return Staged(pa.table(columns, schema=_OBSERVATION), listings)


def stage_listings(staged: Staged, listing_hashes: Iterable[bytes]) -> tuple[pa.Table, dict[bytes, Paper]]:
    """Tabulate the named listings; return with them a paper for each content_hash that occurs.

    A paper shown twice on a page counts once, where it is shown first.
    """
    columns: dict[str, list[object]] = {name: [] for name in _LISTING.names}
    papers: dict[bytes, Paper] = {}
    for listing_hash in listing_hashes:
        seen: set[str] = set()
        for paper in staged.listings[listing_hash]:
            if paper.paper_id in seen:
                continue
            seen.add(paper.paper_id)
            content_hash = _hash(_content(paper))
            papers[content_hash] = paper
            columns["listing_hash"].append(listing_hash)
            columns["position"].append(paper.position)
            columns["paper_id"].append(paper.paper_id)
            columns["content_hash"].append(content_hash)
    return pa.table(columns, schema=_LISTING), papers


def stage_contents(papers: Mapping[bytes, Paper]) -> tuple[pa.Table, pa.Table]:
    """Tabulate contents, given by their content_hash: the versions, and the distinct texts in them."""
    versions = []
    texts = {}
    for content_hash, paper in papers.items():
        text_hash = _hash([paper.title, _shown(paper.abstract)])
        versions.append(
            (
                content_hash,
                paper.category,
                paper.arxiv_category,
                paper.published_on,
                paper.has_code,
                paper.affiliation,
                paper.authors,
                paper.et_al,
                text_hash,
            )
        )
        if text_hash not in texts:
            texts[text_hash] = (text_hash, _hash([paper_key(paper.title, None)]), paper.title, paper.abstract)
    return _from_rows(versions, _VERSION), _from_rows(texts.values(), _TEXT)


def stage_captures(captures: Iterable[JudgedCapture]) -> pa.Table:
    """Tabulate the judgements; of several of one capture the highest extractor's last one is left."""
    standing: dict[str, JudgedCapture] = {}
    for judged in captures:
        known = standing.get(judged.capture.capture_id)
        if known is None or judged.extractor_version >= known.extractor_version:
            standing[judged.capture.capture_id] = judged
    rows = [
        (
            _uuid(judged.capture.capture_id),
            judged.capture.run_id,
            judged.capture.source,
            judged.capture.author_id,
            judged.capture.url,
            naive_utc(judged.capture.fetched_at),
            judged.capture.http_status,
            judged.outcome.value,
            judged.extractor_version,
            judged.capture.payload_digest,
            judged.capture.warc_file,
            judged.capture.warc_offset,
            judged.capture.etag,
            judged.capture.last_modified,
            judged.capture.error,
            judged.capture.refers_to and _uuid(judged.capture.refers_to),
            judged.capture.requested_url,
            [
                {"rule": problem.rule, "severity": problem.severity.value, "detail": problem.detail}
                for problem in judged.problems
            ],
        )
        for judged in standing.values()
    ]
    return _from_rows(rows, _CAPTURE)


def stage_watch(authors: Iterable[WatchedAuthor]) -> pa.Table:
    """Tabulate the watchlist; of an author named twice the first entry is left."""
    rows: dict[str, tuple[object, ...]] = {}
    for author in authors:
        rows.setdefault(author.author_id, (author.author_id, author.source, author.label, author.tags))
    return _from_rows(rows.values(), _WATCH)


def _hash_listing(papers: Iterable[Paper]) -> bytes:
    parts: list[str] = []
    for paper in papers:
        content = _content(paper)
        parts += (str(paper.position), paper.paper_id, str(len(content)))
        parts += content
    return _hash(parts)


def _content(paper: Paper) -> list[str]:
    """Return all that a version of a paper holds: everything but its place and its id."""
    return [
        paper.title,
        _shown(paper.abstract),
        _shown(paper.category),
        _shown(paper.arxiv_category),
        paper.published_on.isoformat() if paper.published_on else _NOT_SHOWN,
        "code" if paper.has_code else "",
        "et al." if paper.et_al else "",
        _shown(paper.affiliation),
        *paper.authors,
    ]


def _shown(text: str | None) -> str:
    return _NOT_SHOWN if text is None else text


def _hash(parts: list[str]) -> bytes:
    """Hash a list of texts. Their lengths go in too, so that ["ab", "c"] and ["a", "bc"] differ."""
    return blake2b(f"{[*map(len, parts)]}{''.join(parts)}".encode(), digest_size=16).digest()


def _uuid(text: str) -> bytes:
    try:
        return UUID(text).bytes
    except ValueError as error:
        raise WarehouseError(f"capture_id {text!r} is no UUID: give the one of its WARC record") from error


def _from_rows(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema.names)
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
