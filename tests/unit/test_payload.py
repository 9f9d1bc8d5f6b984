"""Decoding of payloads: what is decoded, and what the bound holds off."""

from __future__ import annotations

import gzip
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.errors import ScholarEtlError
from scholar_etl.payload import BodyTooLargeError, BrokenGzipError, UnknownEncodingError, decode_payload

PAGE = b"<h1>page</h1>" * 100


@given(st.lists(st.binary(max_size=50_000), max_size=4), st.sampled_from(["gzip", "x-gzip", " GZIP "]))
def test_gzip_of_any_number_of_members_is_decoded(parts: list[bytes], encoding: str) -> None:
    """A gzip payload, also of several members, gives all that was packed (RFC 1952, 2.2)."""
    payload = b"".join(gzip.compress(part) for part in parts)
    assert decode_payload(payload, encoding, max_bytes=200_000) == b"".join(parts)


@pytest.mark.parametrize("encoding", [None, "", "identity", "Identity"])
def test_an_unencoded_payload_is_its_body(encoding: str | None) -> None:
    """Without an encoding the bytes stay what they are, even when they look like gzip."""
    payload = gzip.compress(PAGE)
    assert decode_payload(payload, encoding, max_bytes=10_000) == payload


@pytest.mark.parametrize("encoding", [None, "gzip", "br"])
def test_an_empty_payload_is_an_empty_body(encoding: str | None) -> None:
    """A 304 may name an encoding and have no payload: that is no error."""
    assert decode_payload(b"", encoding, max_bytes=10) == b""


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_the_bound_is_inclusive(encoding: str | None) -> None:
    """A body of exactly the bound passes, one byte more does not, and the error carries the bound."""
    payload = gzip.compress(PAGE) if encoding else PAGE
    assert decode_payload(payload, encoding, max_bytes=len(PAGE)) == PAGE
    with pytest.raises(BodyTooLargeError) as caught:
        decode_payload(payload, encoding, max_bytes=len(PAGE) - 1)
    assert caught.value.limit_bytes == len(PAGE) - 1


def test_the_bound_spans_members() -> None:
    """Members that are small each are too large together."""
    with pytest.raises(BodyTooLargeError):
        decode_payload(gzip.compress(PAGE) * 3, "gzip", max_bytes=2 * len(PAGE))


def test_a_bomb_costs_no_more_memory_than_the_bound() -> None:
    """100 MB of zeros in 100 kB: refused while decoding, not afterwards."""
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError):
            decode_payload(bomb, "gzip", max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@given(st.integers(min_value=1))
def test_gzip_cut_short_anywhere_is_an_error(cut: int) -> None:
    """No beginning of a gzip payload passes for a whole one."""
    payload = gzip.compress(PAGE)
    with pytest.raises(BrokenGzipError) as caught:
        decode_payload(payload[: 1 + cut % (len(payload) - 1)], "gzip", max_bytes=10_000)
    assert caught.value.decoded_bytes <= len(PAGE)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_damaged_gzip_never_passes_for_something_else(place: int, change: int) -> None:
    """A changed byte is found by the checksum, or changes only what is not the body (the header's time and flags)."""
    payload = bytearray(gzip.compress(PAGE))
    payload[place % len(payload)] ^= change
    with suppress(BrokenGzipError, BodyTooLargeError):
        assert decode_payload(bytes(payload), "gzip", max_bytes=10_000) == PAGE


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "compress"])
def test_what_was_not_asked_for_is_an_error(encoding: str) -> None:
    """Other encodings are not guessed at; the error names the one that came."""
    with pytest.raises(UnknownEncodingError) as caught:
        decode_payload(PAGE, encoding, max_bytes=10_000)
    assert caught.value.encoding == encoding
    assert isinstance(caught.value, ScholarEtlError)
