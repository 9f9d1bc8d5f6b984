"""The archive against its own digests, and against what the warehouse knows of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scholar_etl.archive import Archive, Verification
from scholar_etl.settings import Project
from scholar_etl.store import archived_captures, connect


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong at a place of the archive; of which capture, as far as the warehouse can tell, else None."""

    warc_file: str
    warc_offset: int
    problem: str
    capture_id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found in the archive, and every damage, in the order of the files, with whose capture it is."""

    found: Verification
    damages: list[Damage]


def verify(
    project: Project,
    *,
    on_start: Callable[[int], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> VerifyReport:
    """Compare every record of the archive with its digests, and the captures with those that the warehouse knows.

    It reads only, and may run beside a refresh. `on_start` is told the archive's size in bytes, `on_progress` how many
    have been read. Raises `ArchiveError`, `WarehouseError`.
    """
    archive = Archive(project.archive)
    # Before the archive is read: what a refresh adds meanwhile is not looked for.
    known = _known(project)
    on_start(archive.size_bytes())
    found = archive.verify(on_progress=on_progress)
    damages = [_explain(d.file, d.offset, d.problem, known) for d in found.damages]
    damages += _lost(found, known, {damage.capture_id for damage in damages})
    return VerifyReport(found, sorted(damages, key=lambda damage: (damage.warc_file, damage.warc_offset)))


Index = dict[str, list[dict[str, Any]]]


def _known(project: Project) -> Index:
    """Return the captures that the published warehouse knows, by file, in the order of their offsets."""
    index: Index = {}
    if project.warehouse.exists():
        with connect(project.warehouse) as connection:
            for row in archived_captures(connection):
                index.setdefault(row["warc_file"], []).append(row)
    for rows in index.values():
        rows.sort(key=lambda row: row["warc_offset"])
    return index


def _explain(warc_file: str, offset: int, problem: str, known: Index) -> Damage:
    """Say whose record lies at a place: that of the last capture which begins at it or before it."""
    rows = known.get(warc_file, [])
    place = bisect_right(rows, offset, key=lambda row: row["warc_offset"]) - 1
    if place < 0:
        return Damage(warc_file, offset, problem)
    return Damage(warc_file, offset, problem, rows[place]["capture_id"], rows[place]["author_id"])


def _lost(found: Verification, known: Index, explained: set[str | None]) -> list[Damage]:
    return [
        Damage(row["warc_file"], row["warc_offset"], "the capture is not here", row["capture_id"], row["author_id"])
        for rows in known.values()
        for row in rows
        if row["capture_id"] not in found.captures and row["capture_id"] not in explained
    ]
