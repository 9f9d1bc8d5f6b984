"""Compacting: the segments of a month that has passed become one packed file, which is read back before they go.

    write beside -> read back and compare -> rename -> (the caller moves its index) -> delete the segments

Killed before the rename, nothing has changed but a scrap. After it, both forms are there; the segments that the packed
file names are then leftovers, which no reader counts twice, and compacting goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from scholar_etl.archive import Archive
from scholar_etl.archive.layout import Place, leftovers, list_segments, month_of, packed_name
from scholar_etl.archive.packing import Captured, PackedMonth, write_packed
from scholar_etl.archive.writing import Segment
from scholar_etl.clock import utc_now
from scholar_etl.errors import ArchiveError
from scholar_etl.files import sync_to_disk
from scholar_etl.model import Capture, Response


@dataclass(frozen=True, slots=True)
class PackedResult:
    """A month packed: its file, the captures in the order of the rows, and what the sizes are, in bytes."""

    warc_file: str
    capture_ids: list[str]
    size_bytes: int
    segments_bytes: int


def months_to_pack(root: Path, before: datetime) -> list[str]:
    """Return the packed files to be made, or made again, for months that had passed at `before` (aware)."""
    months = {month_of(segment) for segment in list_segments(root)}
    return sorted(month for month in months if month < packed_name(before))


def pack_month(
    archive: Archive, month: str, *, on_start: Callable[[int], None], on_capture: Callable[[], None]
) -> PackedResult:
    """Pack the segments of a month, with what has been packed of it before; they stay until `drop_packed`.

    The caller holds the project. `on_start` is told how many steps there are, `on_capture` of each: a capture is
    written, then compared. Raises `DamagedArchiveError` when one of the files is damaged, `ArchiveError` when the disk
    refuses; nothing has changed then.
    """
    root = archive.root
    is_again = (root / month).exists()
    segments = list_segments(root, month)
    size = sum(_size(root, segment) for segment in segments)
    if is_again and not set(segments) - set(leftovers(root, month)):  # killed before they were deleted
        capture_ids = [capture.capture_id for capture, _ in archive.scan(files=[month])]
        return PackedResult(month, capture_ids, _size(root, month), size)
    # What is sorted is small: the pages themselves are read one by one.
    files = [*segments, *([month] if is_again else [])]
    index = {c.capture_id: (c.author_id, c.fetched_at, c.capture_id, _place(c)) for c, _ in archive.scan(files=files)}
    ordered = sorted(index.values())
    for segment in segments:
        Segment(root, segment, utc_now()).close()  # sets aside what a killed run left unfinished at its end
    places = [place for *_, place in ordered]
    on_start(2 * len(places))
    path = root / month
    partial = path.with_name(f".{path.name}.part")
    try:
        write_packed(
            partial, _read_all(archive, places, on_capture), {segment: _size(root, segment) for segment in segments}
        )
        _compare(root, partial.relative_to(root).as_posix(), _read_all(archive, places, on_capture))
        sync_to_disk(partial)
        partial.replace(path)
    except OSError as error:
        raise ArchiveError(f"cannot write {path}: {error.strerror or error}; make room or check the rights") from error
    finally:
        partial.unlink(missing_ok=True)
    sync_to_disk(path.parent)
    return PackedResult(month, [capture_id for _, _, capture_id, _ in ordered], _size(root, month), size)


def drop_packed(root: Path, month: str) -> None:
    """Delete the segments that went into a packed month. Raises `ArchiveError`."""
    try:
        for segment in leftovers(root, month):
            (root / segment).unlink()
    except OSError as error:
        raise ArchiveError(f"cannot delete what was packed into {root / month}: {error.strerror or error}") from error


def _read_all(archive: Archive, places: list[Place], on_capture: Callable[[], None]) -> Iterator[Captured]:
    for place in places:
        on_capture()
        yield archive.read(*place)


def _compare(root: Path, warc_file: str, expected: Iterator[Captured]) -> None:
    """Raise `ArchiveError` unless a packed file says of every capture what was to be packed."""
    packed = PackedMonth(root, warc_file)
    try:
        for row, captured in enumerate(expected):
            if _told(*packed.read(row)) != _told(*captured):
                raise ArchiveError(
                    f"packing would lose a part of capture {captured[0].capture_id}: nothing was changed"
                )
    finally:
        packed.close()


def _told(capture: Capture, response: Response) -> tuple[Capture, Response]:
    """Return a capture without its place, and its response without the form in which a decoded body was sent."""
    if response.body is not None:
        response = replace(response, payload=b"")
    return replace(capture, warc_file="", warc_offset=-1), response


def _place(capture: Capture) -> Place:
    return capture.warc_file, capture.warc_offset


def _size(root: Path, warc_file: str) -> int:
    return (root / warc_file).stat().st_size
