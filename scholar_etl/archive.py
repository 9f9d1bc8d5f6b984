"""The archive of captures: every response as it came, in WARC/1.1 files, written before anything is read.

    <root>/2026/scholar-etl-20261122.warc.gz      one segment a day, by the capture's UTC date

A segment begins with a `warcinfo` record. A capture is a group of records, each one gzip member, written at once:

    response | revisit     status line, headers and payload as they came; what the capture's offset points to
    request                the request as it went out
    metadata               our own fields; it comes last, and makes the capture complete

or, when no response came, a `metadata` record alone that says why. The group is told by its records alone:
`WARC-Concurrent-To` ties it together, so that the index in the warehouse can be rebuilt from the files. A crash leaves
at most a group without its end, which readers pass over and the next writer cuts off.

Departures from what came on the wire, so that no reader trips over them: header values that are secrets, and secret
parameters of addresses, are replaced (`scholar_etl.redact`); Transfer-Encoding, which is undone already, is named
X-Crawler-Transfer-Encoding, as Common Crawl does.

Format: ISO 28500:2017, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, Self, cast
from urllib.parse import quote, urlsplit

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from scholar_etl.errors import ArchiveError, DamagedArchiveError
from scholar_etl.members import Gap, pack, walk
from scholar_etl.model import Capture, Original, Request, Response
from scholar_etl.payload import PayloadError, decode_payload
from scholar_etl.redact import redact_headers, redact_url
from scholar_etl.version import __version__

logger = logging.getLogger("scholar_etl.archive")

MAX_BODY_BYTES: Final = 100_000_000
"""Decoded bodies are bounded on reading too; `fetch.max_body_mb` cannot be set higher."""

OnDamage = Callable[[DamagedArchiveError], None]
_Headers = tuple[tuple[str, str], ...]

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_FIELDS = "application/warc-fields"
_SEGMENTS = "[0-9][0-9][0-9][0-9]/*.warc.gz"
_LINE_BREAKS = re.compile(r"[\r\n\0]+")
_SPACES = re.compile(r"\s")


def payload_digest(payload: bytes) -> str:
    """Return the digest by which payloads are compared: `sha1:<base32>`, as WARC files write it."""
    # Not for safety against forgery: the label every WARC tool expects.
    return f"sha1:{base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()}"


class Archive:
    """The files below `root`: appends captures, and reads them back.

    A context manager. It holds no lock: one process may append at a time, and the caller sees to that. Reading needs no
    `with` and may go on beside a writer.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._segment: _Segment | None = None

    def __enter__(self) -> Self:
        """Open nothing yet: the first capture says which segment."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the open segment; everything appended is on the disk already."""
        self._close_segment()

    def append(self, response: Response, *, run_id: str, original: Original | None = None) -> Capture:
        """Write one capture and return it. When it returns, the capture is on the disk.

        `original` is the latest capture of the same page that holds a payload: when the response is a 304, or its
        payload is the same again, only a reference to it is stored. Raises `ArchiveError` when the disk refuses; the
        archive is then as it was before.
        """
        warc_file = _segment_name(response.fetched_at)
        try:
            if self._segment is None or self._segment.name != warc_file:
                self._close_segment()
                self._segment = _Segment(self.root, warc_file, response.fetched_at)
            group = _Group.of(response, run_id, original)
            offset = self._segment.append(group.members)
        except OSError as error:
            self._close_segment()  # whatever is left of the capture is cut off when it is opened again
            raise ArchiveError(
                f"cannot write {self.root / warc_file}: {error.strerror or error}; make room or check the rights"
            ) from error
        return replace(group.capture, warc_file=warc_file, warc_offset=offset)

    def read(self, warc_file: str, warc_offset: int) -> tuple[Capture, Response]:
        """Return the capture that begins at that place, and the response as far as it lies there.

        The payload of a revisit lies with its original: `payload` is then empty and `body` None. `body` is None also
        where `error` is set. Raises `DamagedArchiveError` when no complete capture begins there.
        """
        try:
            file = (self.root / warc_file).open("rb")
        except OSError as error:
            raise ArchiveError(f"cannot read {self.root / warc_file}: {error.strerror or error}") from error
        with file:
            first = next(_captures(file, warc_file, warc_offset, _raise), None)
        if first is None or first[0].warc_offset != warc_offset:
            raise DamagedArchiveError(warc_file, warc_offset, "no complete capture begins here")
        return first

    def body_of(self, capture: Capture, original: Capture | Original | None = None) -> bytes:
        """Return the decoded body that a capture stands for.

        `original` is needed when the capture is a revisit (`capture.refers_to` is its id). Raises `ArchiveError` when
        there is no whole body: a failed response, a revisit without its original, a damaged record.
        """
        holder: Capture | Original = capture
        if capture.refers_to is not None:
            if original is None or original.capture_id != capture.refers_to:
                raise ArchiveError(
                    f"capture {capture.capture_id} repeats the payload of {capture.refers_to}: that one is needed too"
                )
            holder = original
        held, response = self.read(holder.warc_file, holder.warc_offset)
        if held.capture_id != holder.capture_id:
            raise DamagedArchiveError(
                holder.warc_file, holder.warc_offset, f"holds capture {held.capture_id}, not {holder.capture_id}"
            )
        if response.body is None:
            raise ArchiveError(f"capture {held.capture_id} holds no whole body: {response.error or 'a revisit'}")
        return response.body

    def scan(
        self, after: Mapping[str, int] | None = None, *, on_damage: OnDamage | None = None
    ) -> Iterator[tuple[Capture, Response]]:
        """Yield every complete capture, as `read` gives it, segment by segment in the order of writing.

        `after` maps a segment to the offset of the last capture in it that is known already; segments that it does not
        name are read from their beginning. A capture without its end (a crash, or a writer at work) is passed over.
        Damage raises `DamagedArchiveError`, or, with `on_damage`, is told to it, and reading goes on behind it.
        """
        on_damage = on_damage or _raise
        for path in sorted(self.root.glob(_SEGMENTS)):
            warc_file = path.relative_to(self.root).as_posix()
            known = (after or {}).get(warc_file, -1)
            with path.open("rb") as file:
                if known >= file.seek(0, io.SEEK_END):
                    on_damage(DamagedArchiveError(warc_file, known, "the file has lost captures: it ends before"))
                for capture, response in _captures(file, warc_file, max(known, 0), on_damage):
                    if capture.warc_offset > known:
                        yield capture, response

    def _close_segment(self) -> None:
        if self._segment:
            self._segment.close()
            self._segment = None


# --- writing ---------------------------------------------------------------------------------------------------


class _Segment:
    """One file, open for appending; whole groups only."""

    def __init__(self, root: Path, name: str, created_at: datetime) -> None:
        self.name = name
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b", buffering=0)
        self._end = _end_of_captures(self._file, name)
        self._cut_torn_end(path)
        if self._end == 0:
            self.append([_member(_warcinfo(path.name, created_at))])
            for folder in (path.parent, root, root.parent):
                _sync_folder(folder)

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
class _Group:
    """A capture (its place still unknown) and its records, compressed."""

    capture: Capture
    members: list[bytes]

    @classmethod
    def of(cls, response: Response, run_id: str, original: Original | None) -> _Group:
        main = _record_headers("metadata", _url(response), response.fetched_at)
        fields = _own_fields(response, run_id)
        if response.status is None:
            capture = _capture(main, fields, status=None, headers=())
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
                if digest == original.payload_digest
                else None
            )
            if profile:
                payload = b""
                main |= {
                    "WARC-Type": "revisit",
                    "WARC-Profile": _PROFILE + profile,
                    "WARC-Payload-Digest": original.payload_digest,
                    "WARC-Refers-To": _urn(original.capture_id),
                    "WARC-Refers-To-Target-URI": redact_url(original.url),
                    "WARC-Refers-To-Date": _warc_date(original.fetched_at),
                }
        tie = {"WARC-Concurrent-To": main["WARC-Record-ID"]}
        request = _record_headers("request", _url(response), response.fetched_at) | tie
        metadata = _record_headers("metadata", _url(response), response.fetched_at) | tie
        records = [
            _Record(main, payload, _head(_status_line(response.status), headers)),
            _Record(request, b"", _head(_request_line(response.url), _archived_headers(response.request_headers))),
            _Record(metadata, _field_lines(fields)),
        ]
        capture = _capture(main, fields, status=response.status, headers=headers)
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
    return pack(out.getvalue())  # not by warcio, whose level is fixed at 9


def _record_headers(kind: str, url: str, date: datetime) -> dict[str, str]:
    return {
        "WARC-Type": kind,
        "WARC-Record-ID": _urn(str(uuid.uuid4())),
        "WARC-Date": _warc_date(date),
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


def _archived_headers(headers: _Headers) -> _Headers:
    return tuple(
        (
            "X-Crawler-Transfer-Encoding" if name.lower() == "transfer-encoding" else _one_line(name),
            _one_line(value),
        )
        for name, value in redact_headers(headers)
    )


def _head(first_line: str, headers: _Headers) -> bytes:
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


def _segment_name(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y/scholar-etl-%Y%m%d.warc.gz}"


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _urn(identifier: str) -> str:
    return f"<urn:uuid:{identifier}>"


def _sync_folder(folder: Path) -> None:
    """Make a new file's name as durable as what is in it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- reading ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parsed:
    headers: dict[str, str]
    block: bytes

    @property
    def kind(self) -> str:
        return self.headers["WARC-Type"]


class _GroupReader:
    """Puts records, fed in the order of the file, together to captures."""

    def __init__(self, warc_file: str) -> None:
        self._warc_file = warc_file
        self._main: tuple[int, _Parsed] | None = None
        self._request_headers: _Headers = ()

    def add(self, offset: int, record: _Parsed) -> tuple[Capture, Response] | None:
        """Return the capture that this record completes, None when it completes none."""
        match record.kind:
            case "response" | "revisit":
                self._main, self._request_headers = (offset, record), ()
            case "request" if self._belongs(record):
                self._request_headers = _parse_head(record.block)[1]
            case "metadata" if self._main and self._belongs(record):
                main, self._main = self._main, None
                return self._build(*main, _parse_fields(record.block))
            case "metadata" if "WARC-Concurrent-To" not in record.headers:
                return self._build(offset, record, _parse_fields(record.block))
        return None

    def _belongs(self, record: _Parsed) -> bool:
        tie = record.headers.get("WARC-Concurrent-To")
        return self._main is not None and tie == self._main[1].headers["WARC-Record-ID"]

    def _build(self, offset: int, main: _Parsed, fields: dict[str, str]) -> tuple[Capture, Response]:
        status: int | None = None
        headers: _Headers = ()
        payload = b""
        request_headers = self._request_headers
        try:
            if main.kind == "metadata":
                request_headers = ()
            else:
                first_line, headers, payload = _parse_head(main.block)
                status = int(first_line.split(" ", 2)[1])
            capture = replace(
                _capture(main.headers, fields, status, headers), warc_file=self._warc_file, warc_offset=offset
            )
            request = Request(
                author_id=capture.author_id,
                source=capture.source,
                url=fields["requested-url"],
                etag=fields.get("requested-etag"),
                last_modified=fields.get("requested-last-modified"),
            )
        except (KeyError, ValueError, IndexError) as error:
            raise DamagedArchiveError(self._warc_file, offset, f"not a capture of scholar-etl ({error!r})") from error
        response = Response(
            request,
            url=capture.url,
            fetched_at=capture.fetched_at,
            status=status,
            headers=headers,
            request_headers=request_headers,
            payload=payload,
            error=capture.error,
            truncated=cast("Literal['length', 'time', 'disconnect'] | None", main.headers.get("WARC-Truncated")),
        )
        if main.kind == "response" and response.error is None:
            response = _with_body(response)
        return capture, response


def _with_body(response: Response) -> Response:
    try:
        encoding = response.header("content-encoding")
        return replace(response, body=decode_payload(response.payload, encoding, max_bytes=MAX_BODY_BYTES))
    except PayloadError as error:
        return replace(response, error=str(error))


def _capture(main: Mapping[str, str], fields: Mapping[str, str], status: int | None, headers: _Headers) -> Capture:
    """Build a capture (its place left open) from what the records say: writer and readers share it."""
    named = {name.lower(): value for name, value in reversed(headers)}
    refers_to = main.get("WARC-Refers-To")
    url, requested_url = main["WARC-Target-URI"], fields["requested-url"]
    return Capture(
        capture_id=_parse_urn(main["WARC-Record-ID"]),
        run_id=fields["run-id"],
        source=fields["source"],
        author_id=fields["author-id"],
        url=url,
        fetched_at=datetime.fromisoformat(main["WARC-Date"]),
        http_status=status,
        payload_digest=main.get("WARC-Payload-Digest") if status is not None else None,
        warc_file="",
        warc_offset=-1,
        etag=named.get("etag"),
        last_modified=named.get("last-modified"),
        error=fields.get("error"),
        refers_to=_parse_urn(refers_to) if refers_to else None,
        requested_url=requested_url if requested_url != url else None,
    )


def _parse_urn(value: str) -> str:
    return value.removeprefix("<urn:uuid:").removesuffix(">")


def _parse_head(block: bytes) -> tuple[str, _Headers, bytes]:
    """Split an HTTP message into its first line, its headers and the rest. Exactly what `_head` wrote."""
    head, _, rest = block.partition(b"\r\n\r\n")
    first_line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return first_line, tuple((name, value) for name, _, value in pairs), rest


def _parse_fields(block: bytes) -> dict[str, str]:
    lines = (line.partition(": ") for line in block.decode().split("\r\n") if line)
    return {name: value for name, _, value in lines}


def _parse_record(data: bytes) -> _Parsed:
    """Read one WARC record. Raises `ValueError` when it is none, or its block is not as long as it says."""
    try:
        record: Any = ArcWarcRecordLoader().parse_record_stream(
            io.BytesIO(data), known_format="warc", no_record_parse=True
        )
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError) as error:
        raise ValueError(f"not a WARC record ({error})") from error
    block = record.raw_stream.read()
    headers = dict(record.rec_headers.headers)
    if len(block) != record.length or "WARC-Type" not in headers:
        raise ValueError("a WARC record that is not whole")
    return _Parsed(headers, block)


def _captures(file: BinaryIO, warc_file: str, offset: int, on_damage: OnDamage) -> Iterator[tuple[Capture, Response]]:
    """Yield the complete captures from an offset on. An unfinished end is where the file ends."""
    reader = _GroupReader(warc_file)
    for member in walk(file, offset, _parse_record):
        if isinstance(member, Gap):
            if member.end is None:
                logger.warning("%s ends in an unfinished record at byte %d", warc_file, member.offset)
            else:
                on_damage(DamagedArchiveError(warc_file, member.offset, member.problem))
            continue
        try:
            capture = reader.add(member.offset, member.content)
        except DamagedArchiveError as damage:
            on_damage(damage)
        else:
            if capture:
                yield capture


def _end_of_captures(file: BinaryIO, warc_file: str) -> int:
    """Return the offset behind the last complete capture.

    Damage further up is left alone and logged: what was written after it is good.
    """
    end = 0
    for member in walk(file, 0, _parse_record):
        if isinstance(member, Gap):
            if member.end is not None:
                logger.error("%s is damaged at byte %d: %s", warc_file, member.offset, member.problem)
        elif member.content.kind in ("warcinfo", "metadata"):  # the last record of each group
            end = member.end
    return end


def _raise(damage: DamagedArchiveError) -> None:
    raise damage
