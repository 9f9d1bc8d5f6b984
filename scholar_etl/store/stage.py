"""Observations and captures as Arrow tables, for the set SQL of `warehouse/loads/`.

Hashes are blake2b, 128 bit, and travel as UUIDs: 16 bytes fixed, in every DuckDB version that may read the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
        "problems": _PROBLEMS,
    }
)

_WATCH = pa.schema({"author_id": pa.string(), "source": pa.string(), "label": pa.string(), "tags": _STRINGS})


@dataclass(frozen=True, slots=True)
class _Listed:
    """A paper of a listing with the hashes of its text and of its whole content, which leaves position and id out."""

    paper: Paper
    text_hash: bytes
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Staged:
    """What a load starts from: the rows of the log, and each distinct listing once, by its hash."""

    observations: pa.Table
    listings: Mapping[bytes, tuple[_Listed, ...]]


def stage_observations(observations: Iterable[Observation], recorded_at: datetime) -> Staged:
    """Hash and tabulate the observations; exact repeats (author, instant, capture, extractor) are left out."""
    columns: dict[str, list[object]] = {name: [] for name in _OBSERVATION.names}
    listings: dict[bytes, tuple[_Listed, ...]] = {}
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
        listing = _hash_listing(profile.papers)
        listing_hash = _hash(
            *(f"{item.paper.position} {item.paper.paper_id} {item.content_hash.hex()}" for item in listing)
        )
        listings.setdefault(listing_hash, listing)
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


def stage_papers(staged: Staged, listing_hashes: Collection[bytes]) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Tabulate the named listings: their rows, the distinct versions in them, the distinct texts in those."""
    listings: dict[str, list[object]] = {name: [] for name in _LISTING.names}
    versions: dict[bytes, tuple[object, ...]] = {}
    texts: dict[bytes, tuple[object, ...]] = {}
    for listing_hash in listing_hashes:
        for item in staged.listings[listing_hash]:
            paper = item.paper
            listings["listing_hash"].append(listing_hash)
            listings["position"].append(paper.position)
            listings["paper_id"].append(paper.paper_id)
            listings["content_hash"].append(item.content_hash)
            if item.content_hash in versions:
                continue
            versions[item.content_hash] = (
                item.content_hash,
                paper.category,
                paper.arxiv_category,
                paper.published_on,
                paper.has_code,
                paper.affiliation,
                paper.authors,
                paper.et_al,
                item.text_hash,
            )
            if item.text_hash not in texts:
                title_key = _hash(paper_key(paper.title, None))
                texts[item.text_hash] = (item.text_hash, title_key, paper.title, paper.abstract)
    return (
        pa.table(listings, schema=_LISTING),
        _from_rows(versions.values(), _VERSION),
        _from_rows(texts.values(), _TEXT),
    )


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


def _hash_listing(papers: Iterable[Paper]) -> tuple[_Listed, ...]:
    """Hash a page's papers. A paper shown twice counts once, where it is shown first."""
    listed: dict[str, _Listed] = {}
    for paper in papers:
        if paper.paper_id in listed:
            continue
        text_hash = _hash(paper.title, paper.abstract)
        content_hash = _hash(
            text_hash.hex(),
            paper.category,
            paper.arxiv_category,
            paper.published_on.isoformat() if paper.published_on else None,
            str(paper.has_code),
            paper.affiliation,
            str(paper.et_al),
            *paper.authors,
        )
        listed[paper.paper_id] = _Listed(paper, text_hash, content_hash)
    return tuple(listed.values())


def _hash(*parts: str | None) -> bytes:
    """Hash a tuple of texts; lengths in front keep ("ab", "c") and ("a", "bc") apart, and None from ""."""
    joined = "".join(["-" if part is None else f"{len(part)}:{part}" for part in parts])
    return blake2b(joined.encode(), digest_size=16).digest()


def _uuid(text: str) -> bytes:
    try:
        return UUID(text).bytes
    except ValueError as error:
        raise WarehouseError(f"capture_id {text!r} is no UUID: give the one of its WARC record") from error


def _from_rows(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema.names)
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
