"""Which files an archive has below its root, and what each stands for. Names are relative to the root.

2026/scholar-etl-20261122.warc.gz    a segment: one day, by the captures' UTC date
2026/scholar-etl-20261122_<part>.warc.gz    likewise, of one run or shard where the archive is shared
2026/scholar-etl-202610.parquet      a month that has passed, packed
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from scholar_etl.archive.packing import packed_segments
from scholar_etl.errors import DamagedArchiveError

Place = tuple[str, int]
"""A file of the archive, and the offset in it."""

_SEGMENTS = "[0-9][0-9][0-9][0-9]/*.warc.gz"
_PACKED = "[0-9][0-9][0-9][0-9]/*.parquet"


def segment_name(moment: datetime, part: str | None = None) -> str:
    """Return the segment of a moment's day in UTC, or that part of it."""
    return f"{moment.astimezone(UTC):%Y/scholar-etl-%Y%m%d}{f'_{part}' if part else ''}.warc.gz"


def new_part(moment: datetime) -> str:
    """Return a name for the segments of a run that begins at `moment` (aware), which no other run takes.

    Sorted by name, a day's segments are in the order of their runs, the one without a part first: what a capture refers
    to is read before it.
    """
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"


def packed_name(moment: datetime) -> str:
    """Return the packed file of a moment's month in UTC."""
    return f"{moment.astimezone(UTC):%Y/scholar-etl-%Y%m.parquet}"


def is_packed(warc_file: str) -> bool:
    """Tell a packed month from a segment."""
    return warc_file.endswith(".parquet")


def list_files(root: Path) -> list[str]:
    """Return the files that hold captures, by month: what is packed, then the segments beside it, by day.

    A segment that went into a packed month, and is still there because a compaction was killed, is left out.
    """
    packed = packed_months(root)
    left: set[str] = set()
    for month in packed:
        with suppress(DamagedArchiveError):  # told when it is read; until then its segments are worth the more
            left.update(leftovers(root, month))
    return sorted([*packed, *(segment for segment in _list(root, _SEGMENTS) if segment not in left)])


def list_segments(root: Path, month: str | None = None) -> list[str]:
    """Return the segments that lie there, leftovers too: all, or those of the month that a packed file is for."""
    segments = _list(root, _SEGMENTS)
    return segments if month is None else [segment for segment in segments if month_of(segment) == month]


def segments_of(root: Path, part: str) -> list[str]:
    """Return the segments that lie there and were written under the name of a part (`new_part`)."""
    return [segment for segment in list_segments(root) if segment.endswith(f"_{part}.warc.gz")]


def packed_months(root: Path) -> list[str]:
    """Return the packed files that lie there."""
    return _list(root, _PACKED)


def month_of(segment: str) -> str:
    """Return the packed file of a segment's month."""
    return f"{segment[: len('2026/scholar-etl-202610')]}.parquet"


def leftovers(root: Path, month: str) -> list[str]:
    """Return the segments that went into a packed month and are still there. Raises `DamagedArchiveError`."""
    return [
        segment
        for segment, size in packed_segments(root, month).items()
        if (root / segment).is_file() and (root / segment).stat().st_size == size
    ]


def _list(root: Path, pattern: str) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
