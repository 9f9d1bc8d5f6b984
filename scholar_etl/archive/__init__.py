"""The archive of captures: every response as it came, in WARC/1.1 files, written before anything is read.

    <root>/2026/scholar-etl-20261122.warc.gz      one segment a day, by the capture's UTC date
    <root>/2026/scholar-etl-20261122_<part>.warc.gz      one a day and run, where the archive is shared (shared.py)

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

import io
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from uuid import uuid4

from scholar_etl.archive.foreign import ForeignResponse, read_responses
from scholar_etl.archive.layout import is_packed, list_files, segment_name
from scholar_etl.archive.packing import PackedMonth
from scholar_etl.archive.reading import OnDamage, read_captures, with_body
from scholar_etl.archive.records import payload_digest
from scholar_etl.archive.verifying import Verification
from scholar_etl.archive.writing import Group, Segment
from scholar_etl.errors import ArchiveError, DamagedArchiveError
from scholar_etl.model import Capture, Original, Response

__all__ = ["Archive", "ForeignResponse", "Verification", "payload_digest", "read_responses", "with_body"]

_OPEN_SEGMENTS = 16


class Archive:
    """The files below `root`: appends captures, and reads them back.

    A context manager. It holds no lock: one process may append at a time, and the caller sees to that. Reading needs no
    `with` and may go on beside a writer. Where the archive is shared, `part` names the segments that are written: see
    `layout.new_part`.
    """

    def __init__(self, root: Path, part: str | None = None) -> None:
        self.root = root
        self.part = part
        self._segments: OrderedDict[str, Segment] = OrderedDict()
        self._months: dict[str, tuple[int, PackedMonth]] = {}

    def __enter__(self) -> Self:
        """Open nothing yet: the first capture says which segment."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every open file; everything appended is on the disk already."""
        self._close_segments()
        while self._months:
            self._months.popitem()[1][1].close()

    def append(
        self,
        response: Response,
        *,
        run_id: str,
        original: Original | None = None,
        is_repeat: bool = False,
        capture_id: str | None = None,
        notes: Mapping[str, str] = MappingProxyType({}),
    ) -> Capture:
        """Write one capture and return it. When it returns, the capture is on the disk.

        `original` is the latest capture of the same page that holds a payload: when the response is a 304, or its
        payload is the same again, only a reference to it is stored; `is_repeat` says that it is, and is left out of the
        response. `capture_id` is a UUID, a fresh one when None; `notes` are kept beside the capture. Raises
        `ArchiveError` when the disk refuses; the archive is then as it was before.
        """
        warc_file = segment_name(response.fetched_at, self.part)
        try:
            group = Group.of(
                response,
                run_id,
                original,
                is_repeat=is_repeat,
                capture_id=capture_id or str(uuid4()),
                notes=notes,
            )
            offset = self._segment(warc_file, response.fetched_at).append(group.members)
        except OSError as error:
            self._close_segments()  # whatever is left of the capture is cut off when it is opened again
            raise ArchiveError(
                f"cannot write {self.root / warc_file}: {error.strerror or error}; make room or check the rights"
            ) from error
        return replace(group.capture, warc_file=warc_file, warc_offset=offset)

    def read(self, warc_file: str, warc_offset: int) -> tuple[Capture, Response]:
        """Return the capture that begins at that place, and the response as far as it lies there.

        The payload of a revisit lies with its original: `payload` is then empty and `body` None. `body` is None also
        where `error` is set. Raises `DamagedArchiveError` when no complete capture begins there.
        """
        if is_packed(warc_file):
            try:
                return self._month(warc_file).read(warc_offset)
            except OSError as error:
                raise ArchiveError(f"cannot read {self.root / warc_file}: {error.strerror or error}") from error
        try:
            file = (self.root / warc_file).open("rb")
        except OSError as error:
            raise ArchiveError(f"cannot read {self.root / warc_file}: {error.strerror or error}") from error
        with file:
            first = next(read_captures(file, warc_file, warc_offset, _raise), None)
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

    def size_bytes(self) -> int:
        """Return how large all files that hold captures are together."""
        return sum((self.root / warc_file).stat().st_size for warc_file in list_files(self.root))

    def scan(
        self,
        after: Mapping[str, int] | None = None,
        *,
        files: Iterable[str] | None = None,
        on_damage: OnDamage | None = None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> Iterator[tuple[Capture, Response]]:
        """Yield every complete capture, as `read` gives it, file by file; of all files when None is given.

        `after` maps a file to the offset of the last capture in it that is known already; files that it does not name
        are read from their beginning. A capture without its end (a crash, or a writer at work) is passed over. Damage
        raises `DamagedArchiveError`, or, with `on_damage`, is told to it, and reading goes on behind it. `on_progress`
        is told how many bytes of the files have been read.
        """
        on_damage = on_damage or _raise
        done = 0
        for warc_file in list_files(self.root) if files is None else files:
            known = (after or {}).get(warc_file, -1)
            scan_file = self._scan_month if is_packed(warc_file) else self._scan_segment
            yield from scan_file(warc_file, known, on_damage, _behind(done, on_progress))
            done += (self.root / warc_file).stat().st_size
            on_progress(done)

    def verify(self, *, on_progress: Callable[[int], None] = lambda _: None) -> Verification:
        """Read every record and compare it with its digests. `on_progress` is told how many bytes have been read."""
        found = Verification()
        for warc_file in list_files(self.root):
            path, advance = self.root / warc_file, _behind(found.size_bytes, on_progress)
            if is_packed(warc_file):
                captures = self._scan_month(warc_file, -1, found.damages.append, advance)
                found.add_month(captures, path.stat().st_size)
            else:
                with path.open("rb") as file:
                    found.add_segment(file, warc_file, advance)
        found.finish()
        on_progress(found.size_bytes)
        return found

    def _scan_segment(
        self, warc_file: str, known: int, on_damage: OnDamage, on_progress: Callable[[int], None]
    ) -> Iterator[tuple[Capture, Response]]:
        with (self.root / warc_file).open("rb") as file:
            if known >= file.seek(0, io.SEEK_END):
                on_damage(DamagedArchiveError(warc_file, known, "the file has lost captures: it ends before"))
            for capture, response in read_captures(file, warc_file, max(known, 0), on_damage):
                on_progress(capture.warc_offset)
                if capture.warc_offset > known:
                    yield capture, response

    def _scan_month(
        self, warc_file: str, known: int, on_damage: OnDamage, on_progress: Callable[[int], None]
    ) -> Iterator[tuple[Capture, Response]]:
        size = (self.root / warc_file).stat().st_size
        try:
            month = self._month(warc_file)
        except DamagedArchiveError as damage:
            on_damage(damage)
            return
        for capture, response in month.scan(known + 1, on_damage):
            on_progress(size * capture.warc_offset // len(month))
            yield capture, response

    def _month(self, warc_file: str) -> PackedMonth:
        """Return the packed month of that name, open. It is opened anew when another file has taken its place."""
        changed_at = (self.root / warc_file).stat().st_mtime_ns
        known = self._months.get(warc_file)
        if known is None or known[0] != changed_at:
            self._months[warc_file] = known = changed_at, PackedMonth(self.root, warc_file)
        return known[1]

    def _segment(self, warc_file: str, created_at: datetime) -> Segment:
        """Return the segment of that name, open. To open one it is read to its end, so some are kept open."""
        if warc_file not in self._segments:
            if len(self._segments) >= _OPEN_SEGMENTS:
                self._segments.popitem(last=False)[1].close()
            self._segments[warc_file] = Segment(self.root, warc_file, created_at)
        self._segments.move_to_end(warc_file)
        return self._segments[warc_file]

    def _close_segments(self) -> None:
        while self._segments:
            self._segments.popitem()[1].close()


def _behind(done: int, on_progress: Callable[[int], None]) -> Callable[[int], None]:
    """Return what tells `on_progress` a position behind `done` bytes of other files."""
    return lambda position: on_progress(done + position)


def _raise(damage: DamagedArchiveError) -> None:
    raise damage
