"""What writer and readers of the archive share: the form of a record, and of a capture made of records."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from scholar_etl.model import Capture

Headers = tuple[tuple[str, str], ...]

_OWN_FIELDS = frozenset(
    {"run-id", "source", "author-id", "requested-url", "requested-etag", "requested-last-modified", "error"}
)


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """A record as read: its headers by name, and its block."""

    headers: dict[str, str]
    block: bytes

    @property
    def kind(self) -> str:
        """The record's WARC-Type."""
        return self.headers["WARC-Type"]


def payload_digest(payload: bytes) -> str:
    """Return the digest by which payloads are compared: `sha1:<base32>`, as WARC files write it."""
    # Not for safety against forgery: the label every WARC tool expects.
    return f"sha1:{base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()}"


def build_capture(main: Mapping[str, str], fields: Mapping[str, str], status: int | None, headers: Headers) -> Capture:
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
        notes=tuple((name, value) for name, value in fields.items() if name not in _OWN_FIELDS),
    )


def _parse_urn(value: str) -> str:
    return value.removeprefix("<urn:uuid:").removesuffix(">")


def warc_date(moment: datetime) -> str:
    """Return an aware moment as WARC/1.1 writes it, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def urn(identifier: str) -> str:
    """Return a UUID as a record's id."""
    return f"<urn:uuid:{identifier}>"


def parse_head(block: bytes) -> tuple[str, Headers, bytes]:
    """Split an HTTP message into its first line, its headers and the rest. It undoes the writing exactly."""
    head, _, rest = block.partition(b"\r\n\r\n")
    first_line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return first_line, tuple((name, value) for name, _, value in pairs), rest


def parse_fields(block: bytes) -> dict[str, str]:
    """Read a block of `application/warc-fields`."""
    lines = (line.partition(": ") for line in block.decode().split("\r\n") if line)
    return {name: value for name, _, value in lines}


def parse_record(data: bytes) -> ParsedRecord:
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
    return ParsedRecord(headers, block)
