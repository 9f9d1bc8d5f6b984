"""WARC files that other tools wrote: their responses, as they came over the wire.

Read: WARC/1.0 and 1.1, compressed a record at a time, as a whole, or not at all; addresses in angle brackets, as wget
writes them; Transfer-Encoding, undone where it still is in the payload.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from warcio.archiveiterator import WARCIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from scholar_etl.archive.reading import MAX_BODY_BYTES
from scholar_etl.archive.records import Headers
from scholar_etl.errors import ForeignFileError

_GZIP_MAGIC = b"\x1f\x8b"
_UUID = re.compile(r"<?urn:uuid:([0-9a-fA-F-]{36})>?")
_DEFAULT_PORT = re.compile(r"^(http://[^/:]+):80(?=/|$)|^(https://[^/:]+):443(?=/|$)")


@dataclass(frozen=True, slots=True)
class ForeignResponse:
    """A response in another tool's file.

    `capture_id` is the UUID of its record, or made from the record's id and date: the same whenever it is read.
    `payload` is as sent, Transfer-Encoding undone; empty in a revisit, whose `refers_to` is the id of the record that
    holds it, None when the file does not say which. `payload_digest` is as the file says, None when it does not.
    """

    capture_id: str
    record_id: str
    url: str
    fetched_at: datetime
    status: int
    headers: Headers
    payload: bytes
    is_revisit: bool
    refers_to: str | None
    payload_digest: str | None
    truncated: Literal["length", "time", "disconnect"] | None


def read_responses(
    path: Path, *, on_problem: Callable[[str], None], on_progress: Callable[[int], None] = lambda _: None
) -> Iterator[ForeignResponse]:
    """Yield the HTTP responses and revisits of a WARC file, in its order; other records are passed over.

    A record that cannot be used is told to `on_problem`, in one line, and so is an end that comes too early.
    `on_progress` is told how many bytes of the file have been read. Raises `ForeignFileError` when the file cannot be
    opened or is no WARC file.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ForeignFileError(path, error.strerror or str(error)) from error
    with file:
        # Gzip members are joined, so that it does not matter whether each holds one record.
        is_packed = file.peek(len(_GZIP_MAGIC))[: len(_GZIP_MAGIC)] == _GZIP_MAGIC
        stream = gzip.GzipFile(fileobj=file) if is_packed else file
        records = WARCIterator(_Stream(stream), check_digests=True)
        count = 0
        try:
            while (record := _next(records)) is not None:
                count += 1
                on_progress(file.tell())
                if not record.rec_type:
                    on_problem(f"record {count} has no WARC-Type")
                if record.rec_type in ("response", "revisit") and record.http_headers is not None:
                    try:
                        yield _response(record)
                    except ValueError as error:
                        on_problem(f"record {count} ({record.rec_headers.get_header('WARC-Record-ID')}): {error}")
        except (ArchiveLoadFailed, StatusAndHeadersParserException) as error:
            if not count:
                raise ForeignFileError(path, "it is no WARC file") from error
            on_problem(f"unreadable in or after record {count}: {' '.join(str(error).split())}")
        except (EOFError, zlib.error, OSError, ValueError) as error:
            on_problem(f"unreadable in or after record {count}: {error}")
        if not count:
            raise ForeignFileError(path, "it holds no WARC record")


def _next(records: WARCIterator) -> Any:
    """Return the next record, None at the end. warcio tells standard error of what follows a record: nobody asked."""
    with redirect_stderr(io.StringIO()):
        return next(records, None)


class _Stream:
    """A stream that gives what it has, so that what comes before a torn end is not lost with it.

    To warcio it is no file, in which it would look for gzip members itself.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, none only at the end."""
        return self._stream.read1(size)


def _response(record: Any) -> ForeignResponse:
    """Return what a record says. Raises `ValueError` when it lacks what a capture needs."""
    named = {name.lower(): value for name, value in record.rec_headers.headers}
    url = _DEFAULT_PORT.sub(lambda match: match[1] or match[2], named.get("warc-target-uri", "").strip("<>"))
    status = record.http_headers.get_statuscode()
    if not status.isdigit():
        raise ValueError(f"its HTTP status is {status!r}")
    headers = tuple((str(name), str(value)) for name, value in record.http_headers.headers)
    is_revisit = record.rec_type == "revisit"
    payload = _payload(record)
    _refuse_damage(record)
    if is_revisit:
        payload = b""  # some tools keep a part of it
    if payload[:2] != _GZIP_MAGIC:
        headers = tuple((_decoded_name(name), value) for name, value in headers)
    truncated = named.get("warc-truncated")
    record_id = named.get("warc-record-id", "")
    fetched_at = _moment(named.get("warc-date", ""))
    return ForeignResponse(
        capture_id=_capture_id(record_id, url, fetched_at),
        record_id=record_id,
        url=url,
        fetched_at=fetched_at,
        status=int(status),
        headers=headers,
        payload=payload,
        is_revisit=is_revisit,
        refers_to=_uuid_of(named.get("warc-refers-to", "")),
        payload_digest=named.get("warc-payload-digest"),
        # wget marks every revisit as truncated: it means the payload that is left out.
        truncated=truncated if truncated in ("length", "time", "disconnect") and not is_revisit else None,
    )


def _payload(record: Any) -> bytes:
    stream = record.raw_stream
    if (record.http_headers.get_header("Transfer-Encoding") or "").lower() == "chunked":
        # Some tools undo the chunks and leave the header: the reader then gives what is there.
        stream = ChunkedDataReader(stream, decomp_type=None)
    payload = bytearray()
    while piece := stream.read(65_536):
        payload += piece
        if len(payload) > MAX_BODY_BYTES:
            raise ValueError(f"its payload is larger than {MAX_BODY_BYTES / 1e6:g} MB")
    return bytes(payload)


def _refuse_damage(record: Any) -> None:
    """Raise `ValueError` when a record that was read to its end is not what its file says it is."""
    # warcio leaves the verifying to whoever asks; of the payload, tools disagree whether chunks count.
    if any(problem.startswith("block digest") for problem in record.digest_checker.problems):
        raise ValueError("it is not what its block digest says")
    left = getattr(record.raw_stream, "limit", 0)
    if left:
        raise ValueError(f"the file ends {left} bytes before the record does")


def _decoded_name(name: str) -> str:
    """Return the name of a header of a payload that is not compressed: some tools decode it and leave the header."""
    return "X-Crawler-Content-Encoding" if name.lower() == "content-encoding" else name


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"its date is {text!r}") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)  # the format knows UTC only


def _uuid_of(record_id: str) -> str | None:
    match = _UUID.fullmatch(record_id)
    if match is None:
        return None
    try:
        return str(UUID(match[1]))
    except ValueError:
        return None


def _capture_id(record_id: str, url: str, fetched_at: datetime) -> str:
    return _uuid_of(record_id) or str(uuid5(NAMESPACE_URL, f"{record_id} {url} {fetched_at.isoformat()}"))
