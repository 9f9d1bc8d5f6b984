"""A month that has passed, packed: its captures in one Parquet file, each author's side by side.

    <root>/2026/scholar-etl-202610.parquet

Pages of one author differ little from day to day, so that zstd finds nearly all of a page in the one before. For that
the body is kept decoded; how the server had compressed it is given up, its digest (`payload_digest`) is kept. A body
that could not be decoded stays as it came. A capture is found by the number of its row.

Any reader of Parquet opens the file. The names and sizes of the segments that went into it stand in its metadata, under
the key `scholar-etl`: such a segment, where it still lies beside, is a leftover of a packing that was killed.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scholar_etl.archive.reading import with_body
from scholar_etl.archive.records import Headers, payload_digest
from scholar_etl.errors import DamagedArchiveError
from scholar_etl.model import Capture, Request, Response

_METADATA = b"scholar-etl"
_GROUP_BYTES = 4_000_000  # of bodies: what has to be unpacked to read one capture
_LEVEL = 9  # of zstd: see docs/benchmarks.md

SCHEMA = pa.schema(
    {
        "author_id": pa.string(),
        "fetched_at": pa.timestamp("us", "UTC"),
        "capture_id": pa.string(),
        "run_id": pa.string(),
        "source": pa.string(),
        "url": pa.string(),
        "requested_url": pa.string(),
        "requested_etag": pa.string(),
        "requested_last_modified": pa.string(),
        "http_status": pa.int32(),
        "headers": pa.string(),
        "request_headers": pa.string(),
        "payload_digest": pa.string(),
        "refers_to": pa.string(),
        "error": pa.string(),
        "truncated": pa.string(),
        "notes": pa.string(),
        "is_decoded": pa.bool_(),
        "body": pa.binary(),
        "body_digest": pa.string(),
    }
)
"""A row is a capture; headers are lines `name: value`, `notes` a JSON object, digests `sha1:<base32>`.

`body` is the payload decoded where `is_decoded`, else as it came; `body_digest` is of what stands in `body`.
"""

Captured = tuple[Capture, Response]


def write_packed(path: Path, captures: Iterable[Captured], segments: Mapping[str, int], *, level: int = _LEVEL) -> None:
    """Write captures, sorted by author and moment, into one file; `segments` are the names and sizes of their files.

    `level` is that of zstd.
    """
    schema = SCHEMA.with_metadata({_METADATA: json.dumps({"segments": dict(segments)})})
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=level,
        use_dictionary=[name for name in schema.names if not name.startswith("body")],
        data_page_size=16 * _GROUP_BYTES,  # a page is packed on its own: one to a group
        write_page_checksum=True,
    ) as writer:
        for group in _in_groups(captures):
            writer.write_table(pa.Table.from_pylist([_to_row(*captured) for captured in group], schema))


def packed_segments(root: Path, warc_file: str) -> dict[str, int]:
    """Return the names and sizes of the segments that went into a packed month. Raises `DamagedArchiveError`."""
    try:
        metadata = pq.read_schema(root / warc_file).metadata[_METADATA]
        segments: dict[str, int] = json.loads(metadata)["segments"]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise _damage(warc_file, 0, "not a packed month", error) from error
    return segments


class PackedMonth:
    """One packed file, open for reading until `close`. Remembers the rows that it unpacked last."""

    def __init__(self, root: Path, warc_file: str) -> None:
        self._name = warc_file
        try:
            self._file = pq.ParquetFile(root / warc_file, page_checksum_verification=True)
            counts = [self._file.metadata.row_group(n).num_rows for n in range(self._file.num_row_groups)]
            if not self._file.schema_arrow.equals(SCHEMA):
                raise ValueError("it has other columns")
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _damage(warc_file, 0, "not a packed month", error) from error
        self._starts: list[int] = [0, *accumulate(counts)]
        self._unpacked: tuple[int, list[dict[str, Any]]] | None = None

    def __len__(self) -> int:
        return self._starts[-1]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, row: int) -> Captured:
        """Return the capture in a row. Raises `DamagedArchiveError`."""
        if not 0 <= row < len(self):
            raise DamagedArchiveError(self._name, row, f"the file has {len(self)} rows")
        group = bisect_right(self._starts, row) - 1
        return self._build(self._unpack(group)[row - self._starts[group]], row)

    def scan(self, first: int, on_damage: Callable[[DamagedArchiveError], None]) -> Iterator[Captured]:
        """Yield the captures from a row on; damage is told to `on_damage`, and reading goes on behind it."""
        for group, (start, end) in enumerate(pairwise(self._starts)):
            if end <= first:
                continue
            try:
                rows = self._unpack(group)
            except DamagedArchiveError as damage:
                on_damage(damage)
                continue
            for row in range(max(first, start), end):
                try:
                    captured = self._build(rows[row - start], row)
                except DamagedArchiveError as damage:
                    on_damage(damage)
                else:
                    yield captured

    def _unpack(self, group: int) -> list[dict[str, Any]]:
        if self._unpacked is None or self._unpacked[0] != group:
            start, end = self._starts[group : group + 2]
            try:
                rows = self._file.read_row_group(group).to_pylist()
                if len(rows) != end - start:
                    raise ValueError(f"they are {len(rows)}")
                self._unpacked = group, rows
            except (pa.ArrowException, OSError, ValueError) as error:
                raise _damage(self._name, start, f"rows {start} to {end - 1} are damaged", error) from error
        return self._unpacked[1]

    def _build(self, content: dict[str, Any], row: int) -> Captured:
        if content["body"] is not None and payload_digest(content["body"]) != content["body_digest"]:
            raise DamagedArchiveError(self._name, row, "the body is not what its digest says")
        return _from_row(content, self._name, row)


def _damage(warc_file: str, row: int, problem: str, error: Exception) -> DamagedArchiveError:
    first_line = str(error).split("\n", 1)[0]
    return DamagedArchiveError(warc_file, row, f"{problem} ({first_line})")


def _in_groups(captures: Iterable[Captured]) -> Iterator[list[Captured]]:
    """Yield groups of some size, an author's captures in one where they are not too many."""
    group: list[Captured] = []
    size = 0
    for captured in captures:
        is_other = bool(group) and group[-1][0].author_id != captured[0].author_id
        if size >= (_GROUP_BYTES if is_other else 4 * _GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(captured)
        size += len(captured[1].body or captured[1].payload) + 1_000
    if group:
        yield group


def _to_row(capture: Capture, response: Response) -> dict[str, Any]:
    is_decoded = response.body is not None
    has_payload = response.status is not None and capture.refers_to is None
    body = (response.body if is_decoded else response.payload) if has_payload else None
    return {
        "author_id": capture.author_id,
        "fetched_at": capture.fetched_at,
        "capture_id": capture.capture_id,
        "run_id": capture.run_id,
        "source": capture.source,
        "url": capture.url,
        "requested_url": response.request.url,
        "requested_etag": response.request.etag,
        "requested_last_modified": response.request.last_modified,
        "http_status": capture.http_status,
        "headers": _to_lines(response.headers),
        "request_headers": _to_lines(response.request_headers),
        "payload_digest": capture.payload_digest,
        "refers_to": capture.refers_to,
        "error": capture.error,
        "truncated": response.truncated,
        "notes": json.dumps(dict(capture.notes)) if capture.notes else None,
        "is_decoded": is_decoded,
        "body": body,
        "body_digest": None if body is None else payload_digest(body),
    }


def _from_row(row: dict[str, Any], warc_file: str, number: int) -> Captured:
    headers = _from_lines(row["headers"])
    named = {name.lower(): value for name, value in reversed(headers)}
    fetched_at = row["fetched_at"].astimezone(UTC)
    capture = Capture(
        capture_id=row["capture_id"],
        run_id=row["run_id"],
        source=row["source"],
        author_id=row["author_id"],
        url=row["url"],
        fetched_at=fetched_at,
        http_status=row["http_status"],
        payload_digest=row["payload_digest"],
        warc_file=warc_file,
        warc_offset=number,
        etag=named.get("etag"),
        last_modified=named.get("last-modified"),
        error=row["error"],
        refers_to=row["refers_to"],
        requested_url=row["requested_url"] if row["requested_url"] != row["url"] else None,
        notes=tuple(json.loads(row["notes"]).items()) if row["notes"] else (),
    )
    response = Response(
        Request(
            row["author_id"],
            row["source"],
            row["requested_url"],
            row["requested_etag"],
            row["requested_last_modified"],
        ),
        url=row["url"],
        fetched_at=fetched_at,
        status=row["http_status"],
        headers=headers,
        request_headers=_from_lines(row["request_headers"]),
        error=row["error"],
        truncated=row["truncated"],
    )
    if row["is_decoded"]:
        response = replace(response, body=row["body"])
    elif row["body"] is not None:
        response = replace(response, payload=row["body"])
        if response.error is None:  # so that it says again why it cannot be decoded
            response = with_body(response)
    return capture, response


def _to_lines(headers: Headers) -> str:
    return "\r\n".join(f"{name}: {value}" for name, value in headers)


def _from_lines(text: str) -> Headers:
    pairs = (line.partition(": ") for line in text.split("\r\n") if line)
    return tuple((name, value) for name, _, value in pairs)
