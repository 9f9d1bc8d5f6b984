"""Verifying: every record of a segment against its own digests, every revisit against what it refers to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scholar_etl.archive.layout import Place
from scholar_etl.archive.members import Gap, walk
from scholar_etl.archive.reading import GroupReader
from scholar_etl.archive.records import ParsedRecord, parse_head, parse_record, payload_digest
from scholar_etl.errors import DamagedArchiveError
from scholar_etl.model import Capture, Response


@dataclass(slots=True)
class Verification:
    """What was found in an archive: how much there is, and every damage.

    `captures` maps the id of each complete capture to its file and offset, for a comparison with an index.
    """

    file_count: int = 0
    record_count: int = 0
    size_bytes: int = 0
    damages: list[DamagedArchiveError] = field(default_factory=list)
    captures: dict[str, Place] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _revisits: list[Capture] = field(default_factory=list)

    def add_segment(self, file: BinaryIO, warc_file: str, on_progress: Callable[[int], None]) -> None:
        """Verify the records of one segment. `on_progress` is told how many bytes of it have been read."""
        reader = GroupReader(warc_file)
        for member in walk(file, 0, parse_record):
            on_progress(member.offset)
            if isinstance(member, Gap):
                # An end without its end is what a killed run leaves, or a run at work: nothing that was acknowledged.
                if member.end is not None:
                    self._note(warc_file, member.offset, member.problem)
                continue
            self.record_count += 1
            for problem in _wrong_digests(member.content):
                self._note(warc_file, member.offset, problem)
            try:
                read = reader.add(member.offset, member.content)
            except DamagedArchiveError as damage:
                self.damages.append(damage)
            else:
                if read:
                    self._add_capture(read[0])
        self.file_count += 1
        self.size_bytes += file.seek(0, io.SEEK_END)

    def add_month(self, captures: Iterable[tuple[Capture, Response]], size_bytes: int) -> None:
        """Verify a packed month by reading it: its captures are compared with their digests as they are read."""
        for capture, _ in captures:
            self.record_count += 1
            self._add_capture(capture)
        self.file_count += 1
        self.size_bytes += size_bytes

    def finish(self) -> None:
        """Verify what lies in several segments: each revisit has its original."""
        for capture in self._revisits:
            place, original = (capture.warc_file, capture.warc_offset), capture.refers_to or ""
            if original not in self._digests:
                self._note(*place, f"repeats the payload of capture {original}, which is not here")
            elif capture.payload_digest != self._digests[original]:
                self._note(*place, f"repeats the payload of capture {original}, but says another digest")

    def _add_capture(self, capture: Capture) -> None:
        place = (capture.warc_file, capture.warc_offset)
        first = self.captures.setdefault(capture.capture_id, place)
        if first != place:
            self._note(*place, f"capture {capture.capture_id} lies in {first[0]} at byte {first[1]}, too")
        if capture.refers_to is not None:
            self._revisits.append(capture)
        elif capture.payload_digest is not None:
            self._digests[capture.capture_id] = capture.payload_digest

    def _note(self, warc_file: str, offset: int, problem: str) -> None:
        self.damages.append(DamagedArchiveError(warc_file, offset, problem))


def _wrong_digests(record: ParsedRecord) -> Iterator[str]:
    block_digest = record.headers.get("WARC-Block-Digest")
    if block_digest is not None and block_digest != payload_digest(record.block):
        yield f"the {record.kind} record is not what its block digest says"
    if record.kind == "response":
        payload = parse_head(record.block)[2]
        if record.headers.get("WARC-Payload-Digest") != payload_digest(payload):
            yield "the payload is not what its digest says"
