"""Observations and captures as Arrow tables, for the set SQL of `warehouse/loads/`.

Hashes are blake2b, 128 bit, and travel as UUIDs: 16 bytes fixed, in every DuckDB version that may read the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa

from scholar_etl.errors import WarehouseError
from scholar_etl.model import (
    METRIC_NAMES,
    FieldYield,
    JudgedCapture,
    LayoutYield,
    Observation,
    Paper,
    WatchedAuthor,
    hash_texts,
    shown,
)
from scholar_etl.normalise import paper_key
from scholar_etl.store.sql import naive_utc

_UUID = pa.uuid()
_TIMESTAMP = pa.timestamp("us")
_STRINGS = pa.list_(pa.string())
_UUID_LENGTH = 36
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
_LISTING = pa.schema(
    {
        "listing_hash": _UUID,
        "row_number": pa.int32(),
        "position": pa.int32(),
        "paper_id": pa.string(),
        "content_hash": _UUID,
    }
)
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

_PLACE = pa.schema({"capture_id": _UUID, "warc_file": pa.string(), "warc_offset": pa.int64()})
_FIELD_YIELD = pa.schema(
    {
        "run_id": pa.string(),
        "source": pa.string(),
        "field": pa.string(),
        "page_count": pa.int32(),
        "found_count": pa.int32(),
        "lost_count": pa.int32(),
        "lost_since": _TIMESTAMP,
    }
)
_LAYOUT_YIELD = pa.schema(
    {
        "run_id": pa.string(),
        "source": pa.string(),
        "part": pa.string(),
        "path": pa.string(),
        "page_count": pa.int32(),
    }
)
_WATCH = pa.schema({"author_id": pa.string(), "source": pa.string(), "label": pa.string(), "tags": _STRINGS})


@dataclass(frozen=True, slots=True)
class Staged:
    """What a load starts from: the rows of the log, and the papers of each distinct listing, by its hash."""

    observations: pa.Table
    listings: Mapping[bytes, tuple[Paper, ...]]


def stage_observations(observations: Iterable[Observation], recorded_at: datetime) -> Staged:
    """Tabulate the observations; exact repeats (author, instant, capture, extractor) are left out."""
    distinct = {(o.author_id, o.observed_at, o.capture_id, o.extractor_version): o for o in observations}
    given = list(distinct.values())
    profiles = [o.profile for o in given]
    metrics = [p.metrics for p in profiles]
    hashes = [p.listing_hash for p in profiles]
    columns = {
        "author_id": [o.author_id for o in given],
        "observed_at": _moments([o.observed_at for o in given]),
        "capture_id": [_uuid(o.capture_id) for o in given],
        "run_id": [o.run_id for o in given],
        "recorded_at": [naive_utc(recorded_at)] * len(given),
        "extractor_version": [o.extractor_version for o in given],
        "source": [o.source for o in given],
        "url": [o.url for o in given],
        "name": [p.name for p in profiles],
        "field": [p.field for p in profiles],
        "listing_complete": [p.listing_complete for p in profiles],
        "heading_count": [p.heading_count for p in profiles],
        **{name: [getattr(m, name) for m in metrics] for name in METRIC_NAMES},
        "listing_hash": hashes,
    }
    return Staged(pa.table(columns, schema=_OBSERVATION), dict(zip(hashes, (p.papers for p in profiles), strict=True)))


def stage_listings(staged: Staged, listing_hashes: Iterable[bytes]) -> tuple[pa.Table, list[Paper]]:
    """Tabulate the named listings; return with them the paper of each row, by its number.

    A paper shown twice on a page counts once, where it is shown first.
    """
    keys: list[bytes] = []
    paper_ids: list[str] = []
    papers: list[Paper] = []
    for listing_hash in listing_hashes:
        listed = {paper.paper_id: paper for paper in reversed(staged.listings[listing_hash])}
        keys += [listing_hash] * len(listed)
        paper_ids += listed
        papers += listed.values()
    columns = {
        "listing_hash": keys,
        "row_number": [*range(len(papers))],
        "position": [p.position for p in papers],
        "paper_id": paper_ids,
        "content_hash": [p.content_hash for p in papers],
    }
    return pa.table(columns, schema=_LISTING), papers


def stage_versions(papers: Iterable[Paper]) -> tuple[pa.Table, dict[bytes, Paper]]:
    """Tabulate the contents of papers, given once each, and return a paper of each distinct text, by its hash."""
    versions = []
    texts: dict[bytes, Paper] = {}
    for paper in papers:
        text_hash = hash_texts([paper.title, shown(paper.abstract)])
        texts[text_hash] = paper
        versions.append(
            (
                paper.content_hash,
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
    return _from_rows(versions, _VERSION), texts


def stage_texts(texts: Iterable[tuple[bytes, Paper]]) -> pa.Table:
    """Tabulate texts, given once each by their hash and a paper that has them."""
    rows = (
        (text_hash, hash_texts([paper_key(paper.title, None)]), paper.title, paper.abstract)
        for text_hash, paper in texts
    )
    return _from_rows(rows, _TEXT)


def stage_captures(captures: Iterable[JudgedCapture]) -> pa.Table:
    """Tabulate the judgements; of several of one capture the highest extractor's last one is left."""
    standing: dict[str, JudgedCapture] = {}
    for judged in captures:
        known = standing.get(judged.capture.capture_id)
        if known is None or judged.extractor_version >= known.extractor_version:
            standing[judged.capture.capture_id] = judged
    given = list(standing.values())
    captured = [judged.capture for judged in given]
    columns = {
        "capture_id": [_uuid(c.capture_id) for c in captured],
        "fetched_at": _moments([c.fetched_at for c in captured]),
        "outcome": [judged.outcome for judged in given],
        "extractor_version": [judged.extractor_version for judged in given],
        "refers_to": [c.refers_to and _uuid(c.refers_to) for c in captured],
        "problems": [
            [{"rule": p.rule, "severity": p.severity.value, "detail": p.detail} for p in judged.problems]
            for judged in given
        ],
    }
    columns |= {name: [getattr(c, name) for c in captured] for name in _CAPTURE.names if name not in columns}
    return pa.table(columns, schema=_CAPTURE)


def stage_places(warc_file: str, capture_ids: Sequence[str]) -> pa.Table:
    """Tabulate the captures of a packed file; a capture's place in `capture_ids` is its row."""
    columns = {
        "capture_id": [_uuid(capture_id) for capture_id in capture_ids],
        "warc_file": [warc_file] * len(capture_ids),
        "warc_offset": range(len(capture_ids)),
    }
    return pa.table(columns, schema=_PLACE)


def stage_yields(
    run_id: str, fields: Iterable[FieldYield], layouts: Iterable[LayoutYield]
) -> tuple[pa.Table, pa.Table]:
    """Tabulate what the pages of a run yielded, and where its parts stood."""
    field_rows = (
        (run_id, f.source, f.field, f.page_count, f.found_count, f.lost_count, f.lost_since and naive_utc(f.lost_since))
        for f in fields
    )
    layout_rows = ((run_id, each.source, each.part, each.path, each.page_count) for each in layouts)
    return _from_rows(field_rows, _FIELD_YIELD), _from_rows(layout_rows, _LAYOUT_YIELD)


def stage_watch(authors: Iterable[WatchedAuthor]) -> pa.Table:
    """Tabulate the watchlist; of an author named twice the first entry is left."""
    rows: dict[str, tuple[object, ...]] = {}
    for author in authors:
        rows.setdefault(author.author_id, (author.author_id, author.source, author.label, author.tags))
    return _from_rows(rows.values(), _WATCH)


def _moments(moments: list[datetime]) -> pa.Array:
    """Return aware moments as the warehouse stores them: in UTC, without a zone."""
    for moment in moments:
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone")
    return pa.array([moment - _EPOCH for moment in moments], pa.duration("us")).view(_TIMESTAMP)


def _uuid(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace("-", "")) if len(text) == _UUID_LENGTH else UUID(text).bytes
    except ValueError as error:
        raise WarehouseError(f"capture_id {text!r} is no UUID: give the one of its WARC record") from error


def _from_rows(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema.names)
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
