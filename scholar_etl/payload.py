"""A payload as it was sent, and the body it stands for: decoding by Content-Encoding, with a bound.

Only `identity` and `gzip` are decoded, since nothing else is asked for. The bound holds while decoding: a
payload of a few kilobytes that stands for gigabytes costs no more memory than the bound.
"""

from __future__ import annotations

import zlib

from scholar_etl.errors import ScholarEtlError

_GZIP_WBITS = 31
_PIECE_BYTES = 16_384
_IDENTITY = ("", "identity")
_GZIP = ("gzip", "x-gzip")


class PayloadError(ScholarEtlError):
    """The payload cannot be decoded. Fetching it again may help, decoding it again does not."""


class BodyTooLargeError(PayloadError):
    """The decoded body is larger than `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(f"body larger than {megabytes(limit_bytes)} (see fetch.max_body_mb)")


class UnknownEncodingError(PayloadError):
    """The payload has a Content-Encoding that was not asked for."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        super().__init__(f"body is encoded as {encoding!r}, which was not asked for")


class BrokenGzipError(PayloadError):
    """The payload says that it is gzip, and is not, or is cut short after `decoded_bytes` bytes of body."""

    def __init__(self, problem: str, decoded_bytes: int) -> None:
        self.problem = problem
        self.decoded_bytes = decoded_bytes
        super().__init__(f"gzip body {problem} after {decoded_bytes} decoded bytes")


def decode_payload(payload: bytes, content_encoding: str | None, *, max_bytes: int) -> bytes:
    """Return the body that `payload` stands for, at most `max_bytes` long.

    `content_encoding` is the header's value; None means that there is none. An empty payload is an empty body
    under every encoding. Raises `BodyTooLargeError`, `UnknownEncodingError` or `BrokenGzipError`.
    """
    encoding = (content_encoding or "").strip().lower()
    if encoding in _IDENTITY or not payload:
        if len(payload) > max_bytes:
            raise BodyTooLargeError(max_bytes)
        return payload
    if encoding in _GZIP:
        return _gunzip(payload, max_bytes)
    raise UnknownEncodingError(encoding)


def megabytes(count: float) -> str:
    """Write a number of bytes for a person, in units of 1,000,000: `5 MB`."""
    return f"{count / 1e6:g} MB"


def _gunzip(payload: bytes, max_bytes: int) -> bytes:
    body = bytearray()
    position = 0
    while position < len(payload):
        member = zlib.decompressobj(_GZIP_WBITS)
        while not member.eof:
            # In pieces, because zlib copies what follows a member: many tiny ones would cost quadratic time.
            piece = payload[position : position + _PIECE_BYTES]
            if not piece:
                raise BrokenGzipError("is cut short", len(body))
            try:
                # One byte above the bound tells "exactly full" from "too large".
                body += member.decompress(piece, max_bytes + 1 - len(body))
            except zlib.error as error:
                raise BrokenGzipError(f"is damaged ({error})", len(body)) from error
            if len(body) > max_bytes:
                raise BodyTooLargeError(max_bytes)
            position += len(piece) - len(member.unused_data)
    return bytes(body)
