"""Reading: the records of a segment back to captures and responses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, Final, Literal, cast

from scholar_etl.archive.members import Gap, walk
from scholar_etl.archive.records import Headers, ParsedRecord, build_capture, parse_fields, parse_head, parse_record
from scholar_etl.errors import DamagedArchiveError
from scholar_etl.model import Capture, Request, Response
from scholar_etl.payload import PayloadError, decode_payload

logger = logging.getLogger("scholar_etl.archive")

MAX_BODY_BYTES: Final = 100_000_000
"""Decoded bodies are bounded on reading too; `fetch.max_body_mb` cannot be set higher."""

OnDamage = Callable[[DamagedArchiveError], None]


def read_captures(
    file: BinaryIO, warc_file: str, offset: int, on_damage: OnDamage
) -> Iterator[tuple[Capture, Response]]:
    """Yield the complete captures from an offset on. An unfinished end is where the file ends."""
    reader = GroupReader(warc_file)
    for member in walk(file, offset, parse_record):
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


def end_of_captures(file: BinaryIO, warc_file: str) -> int:
    """Return the offset behind the last complete capture.

    Damage further up is left alone and logged: what was written after it is good.
    """
    end = 0
    for member in walk(file, 0, parse_record):
        if isinstance(member, Gap):
            if member.end is not None:
                logger.error("%s is damaged at byte %d: %s", warc_file, member.offset, member.problem)
        elif member.content.kind in ("warcinfo", "metadata"):  # the last record of each group
            end = member.end
    return end


class GroupReader:
    """Puts records, fed in the order of the file, together to captures."""

    def __init__(self, warc_file: str) -> None:
        self._warc_file = warc_file
        self._main: tuple[int, ParsedRecord] | None = None
        self._request_headers: Headers = ()

    def add(self, offset: int, record: ParsedRecord) -> tuple[Capture, Response] | None:
        """Return the capture that this record completes, None when it completes none."""
        match record.kind:
            case "response" | "revisit":
                self._main, self._request_headers = (offset, record), ()
            case "request" if self._belongs(record):
                self._request_headers = parse_head(record.block)[1]
            case "metadata" if self._main and self._belongs(record):
                main, self._main = self._main, None
                return self._build(*main, parse_fields(record.block))
            case "metadata" if "WARC-Concurrent-To" not in record.headers:
                return self._build(offset, record, parse_fields(record.block))
        return None

    def _belongs(self, record: ParsedRecord) -> bool:
        tie = record.headers.get("WARC-Concurrent-To")
        return self._main is not None and tie == self._main[1].headers["WARC-Record-ID"]

    def _build(self, offset: int, main: ParsedRecord, fields: dict[str, str]) -> tuple[Capture, Response]:
        status: int | None = None
        headers: Headers = ()
        payload = b""
        request_headers = self._request_headers
        try:
            if main.kind == "metadata":
                request_headers = ()
            else:
                first_line, headers, payload = parse_head(main.block)
                status = int(first_line.split(" ", 2)[1])
            capture = replace(
                build_capture(main.headers, fields, status, headers), warc_file=self._warc_file, warc_offset=offset
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
            response = with_body(response)
        return capture, response


def with_body(response: Response) -> Response:
    """Return the response with its payload decoded, or with the reason why that cannot be done."""
    try:
        encoding = response.header("content-encoding")
        return replace(response, body=decode_payload(response.payload, encoding, max_bytes=MAX_BODY_BYTES))
    except PayloadError as error:
        return replace(response, error=str(error))
