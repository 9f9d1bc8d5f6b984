"""Writing: a response as a group of records, appended to the segment of its day."""

from __future__ import annotations

import io
import logging
import os
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scholar_etl.archive.members import GZIP_MAGIC, pack
from scholar_etl.archive.reading import end_of_captures
from scholar_etl.archive.records import Headers, build_capture, payload_digest, urn, warc_date
from scholar_etl.files import sync_to_disk
from scholar_etl.model import Capture, Original, Response
from scholar_etl.redact import redact_headers, redact_url
from scholar_etl.version import __version__

logger = logging.getLogger("scholar_etl.archive")

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_LINE_BREAKS = re.compile(r"[\r\n\0]+")
_SPACES = re.compile(r"\s")


class Segment:
    """One file, open for appending; whole groups only."""

    def __init__(self, root: Path, name: str, created_at: datetime) -> None:
        self.name = name
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b", buffering=0)
        self._end = end_of_captures(self._file, name)
        self._cut_torn_end(path)
        if self._end == 0:
            self.append([_member(_warcinfo(path.name, created_at))])
            # The new file's name must be as durable as what is in it.
            for folder in (path.parent, root, root.parent):
                sync_to_disk(folder)

    def append(self, members: list[bytes]) -> int:
        """Write the members and return the offset of the first; all of them, or none."""
        offset = self._end
        data = memoryview(b"".join(members))
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
            # 0.8 ms on the disk this was measured on, a hundredth of a page's way over the net: no need to batch.
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(offset)
            raise
        self._end += len(data)
        return offset

    def close(self) -> None:
        """Close the file; everything appended is on the disk already."""
        self._file.close()

    def _cut_torn_end(self, path: Path) -> None:
        """Cut what follows the last complete capture, and keep it beside: damage can look like a torn end."""
        self._file.seek(self._end)
        torn = self._file.read()
        if torn:
            kept = path.with_name(f"{path.name}.torn-{self._end}")
            kept.write_bytes(torn)
            self._file.truncate(self._end)
            logger.warning("%s ended in an unfinished capture: its %d bytes are now %s", path, len(torn), kept)


@dataclass(frozen=True, slots=True)
class Group:
    """A capture (its place still unknown) and its records, compressed."""

    capture: Capture
    members: list[bytes]

    @classmethod
    def of(
        cls,
        response: Response,
        run_id: str,
        original: Original | None,
        *,
        is_repeat: bool,
        capture_id: str,
        notes: Mapping[str, str],
    ) -> Group:
        """Make the records of a response: a revisit of `original` where that says the same, a failure without one."""
        main = _record_headers("metadata", _url(response), response.fetched_at)
        main["WARC-Record-ID"] = urn(capture_id)
        fields = _own_fields(response, run_id) | {name: _one_line(value) for name, value in notes.items()}
        if response.status is None:
            capture = build_capture(main, fields, status=None, headers=())
            return cls(capture, [_member(_Record(main, _field_lines(fields)))])
        headers = _archived_headers(response.headers)
        digest = payload_digest(response.payload)
        main["WARC-Type"] = "response"
        main["WARC-Payload-Digest"] = digest
        payload = response.payload
        if response.truncated:
            main["WARC-Truncated"] = response.truncated
        if original is not None and not response.truncated:
            profile = (
                "server-not-modified"
                if response.status == HTTPStatus.NOT_MODIFIED
                else "identical-payload-digest"
                if is_repeat or digest == original.payload_digest
                else None
            )
            if profile:
                payload = b""
                main |= {
                    "WARC-Type": "revisit",
                    "WARC-Profile": _PROFILE + profile,
                    "WARC-Payload-Digest": original.payload_digest,
                    "WARC-Refers-To": urn(original.capture_id),
                    "WARC-Refers-To-Target-URI": redact_url(original.url),
                    "WARC-Refers-To-Date": warc_date(original.fetched_at),
                }
        tie = {"WARC-Concurrent-To": main["WARC-Record-ID"]}
        request = _record_headers("request", _url(response), response.fetched_at) | tie
        metadata = _record_headers("metadata", _url(response), response.fetched_at) | tie
        records = [
            _Record(main, payload, _head(_status_line(response.status), headers)),
            _Record(request, b"", _head(_request_line(response.url), _archived_headers(response.request_headers))),
            _Record(metadata, _field_lines(fields)),
        ]
        capture = build_capture(main, fields, status=response.status, headers=headers)
        return cls(capture, [_member(record) for record in records])


@dataclass(frozen=True, slots=True)
class _Record:
    """A WARC record: its headers, and its block in two parts. `head` is an HTTP head, None when the block has none."""

    headers: dict[str, str]
    payload: bytes
    head: bytes | None = None


class _VerbatimHead(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """An HTTP head that is written as it is: warcio would percent-encode what is not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("verbatim", [])
        self._head = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:  # noqa: ARG002 - warcio's signature
        self.headers_buff = self._head


def _member(record: _Record) -> bytes:
    """Return the record as one gzip member, block digest and length added."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    writer.write_record(
        writer.create_warc_record(
            record.headers.get("WARC-Target-URI", ""),
            record.headers["WARC-Type"],
            payload=io.BytesIO(record.payload),
            length=len(record.payload),
            warc_headers_dict=record.headers,
            http_headers=None if record.head is None else _VerbatimHead(record.head),
        )
    )
    # Not by warcio, whose level is fixed at 9.
    return pack(out.getvalue(), is_compressed=record.payload.startswith(GZIP_MAGIC))


def _record_headers(kind: str, url: str, date: datetime) -> dict[str, str]:
    return {
        "WARC-Type": kind,
        "WARC-Record-ID": urn(str(uuid.uuid4())),
        "WARC-Date": warc_date(date),
        "WARC-Target-URI": url,
    }


def _warcinfo(file_name: str, created_at: datetime) -> _Record:
    headers = _record_headers("warcinfo", "", created_at)
    del headers["WARC-Target-URI"]
    fields = {
        "software": f"scholar-etl/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    return _Record(headers | {"WARC-Filename": file_name}, _field_lines(fields))


def _own_fields(response: Response, run_id: str) -> dict[str, str]:
    """Name what a capture is besides what came: all that is needed to rebuild it from the files."""
    request = response.request
    fields = {
        "run-id": run_id,
        "source": request.source,
        "author-id": request.author_id,
        "requested-url": redact_url(request.url),
        "requested-etag": request.etag,
        "requested-last-modified": request.last_modified,
        "error": response.error,
    }
    return {name: _one_line(value) for name, value in fields.items() if value is not None}


def _archived_headers(headers: Headers) -> Headers:
    return tuple(
        (
            "X-Crawler-Transfer-Encoding" if name.lower() == "transfer-encoding" else _one_line(name),
            _one_line(value),
        )
        for name, value in redact_headers(headers)
    )


def _head(first_line: str, headers: Headers) -> bytes:
    lines = [first_line, *(f"{name}: {value}" for name, value in headers)]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace") + b"\r\n"


def _status_line(status: int) -> str:
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP/1.1 {status} "


def _request_line(url: str) -> str:
    parts = urlsplit(redact_url(url))
    query = f"?{parts.query}" if parts.query else ""
    return f"GET {parts.path or '/'}{query} HTTP/1.1"


def _field_lines(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode("utf-8", "backslashreplace")


def _one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text)


def _url(response: Response) -> str:
    return _SPACES.sub(lambda space: quote(space[0]), redact_url(response.url))
