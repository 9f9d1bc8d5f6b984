"""Gzip members in a file: where each begins and ends, also in a file that is torn or damaged.

WARC files are made of them, a member a record, so that any record can be read by its offset alone.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Generic, TypeVar

T = TypeVar("T")

_GZIP_WBITS = 31
GZIP_MAGIC = b"\x1f\x8b\x08"
_PIECE_BYTES = 65_536
_WINDOW_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """A whole member: `offset` inclusive, `end` exclusive, in bytes of the file."""

    offset: int
    end: int
    content: T


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that are no whole member. `end` is where the next one begins, None when none follows."""

    offset: int
    end: int | None
    problem: str


def pack(data: bytes, *, is_compressed: bool = False) -> bytes:
    """Return the data as one member; equal data gives equal bytes. What is compressed already is only wrapped."""
    # To compress it once more takes a third of what archiving a page does, and saves 0.4 % of the room.
    packer = zlib.compressobj(0 if is_compressed else 6, zlib.DEFLATED, _GZIP_WBITS)
    return packer.compress(data) + packer.flush()


def walk(file: BinaryIO, offset: int, parse: Callable[[bytes], T]) -> Iterator[Member[T] | Gap]:
    """Yield the members from `offset` on, in order, and the gaps between them.

    `parse` turns what a member holds into its content; its `ValueError` makes the member a gap. After a gap the walk
    goes on at the next bytes that are a member again and can be parsed.
    """
    size = file.seek(0, io.SEEK_END)
    while offset < size:
        try:
            member = _read(file, offset, parse)
        except ValueError as error:
            following = _find(file, offset + 1, parse)
            yield Gap(offset, following, str(error))
            if following is None:
                return
            offset = following
        else:
            yield member
            offset = member.end


def _read(file: BinaryIO, offset: int, parse: Callable[[bytes], T]) -> Member[T]:
    """Read the member at `offset`; zlib checks its CRC. Raises `ValueError` when there is no whole one."""
    file.seek(offset)
    inflate = zlib.decompressobj(_GZIP_WBITS)
    parts = []
    fed = 0
    while not inflate.eof:
        piece = file.read(_PIECE_BYTES)
        if not piece:
            raise ValueError("the file ends within a record")
        try:
            parts.append(inflate.decompress(piece))
        except zlib.error as error:
            raise ValueError(f"not a whole gzip member ({error})") from error
        fed += len(piece)
    return Member(offset, offset + fed - len(inflate.unused_data), parse(b"".join(parts)))


def _find(file: BinaryIO, offset: int, parse: Callable[[bytes], T]) -> int | None:
    """Return where the next whole member begins, at `offset` or behind it; None when there is none."""
    while (candidate := _find_magic(file, offset)) is not None:
        try:
            _read(file, candidate, parse)
        except ValueError:
            offset = candidate + 1
        else:
            return candidate
    return None


def _find_magic(file: BinaryIO, offset: int) -> int | None:
    overlap = len(GZIP_MAGIC) - 1
    while True:
        file.seek(offset)
        window = file.read(_WINDOW_BYTES)
        found = window.find(GZIP_MAGIC)
        if found >= 0:
            return offset + found
        if len(window) <= overlap:
            return None
        offset += len(window) - overlap
