"""The warehouse made anew from the archive, by the extractor of today: to be compared, or to take its place.

It is built beside, in a file of its own. A replay that is killed leaves the warehouse as it was, up to the one
rename at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import uuid4

from scholar_etl.clock import Clock, utc_now
from scholar_etl.errors import DamagedArchiveError, IncompleteArchiveError, MissingWarehouseError
from scholar_etl.lock import ProjectLock
from scholar_etl.model import Capture, Response
from scholar_etl.pipeline.archives import open_archive
from scholar_etl.pipeline.loading import load_readings
from scholar_etl.pipeline.reading import Reader, Reading
from scholar_etl.settings import Project
from scholar_etl.store import Difference, Rebuild, Warehouse
from scholar_etl.watchlist import Watchlist

_SMALL_BATCH, _LARGE_BATCH = 100, 1_000


@dataclass(slots=True)
class ReplayReport:
    """What a replay read, where the archive was damaged, and how the outcome differs from what was published before."""

    capture_count: int = 0
    observation_count: int = 0
    damages: list[DamagedArchiveError] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def replay(
    project: Project,
    *,
    only_check: bool = False,
    accept_loss: bool = False,
    clock: Clock = utc_now,
    on_start: Callable[[int], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ReplayReport:
    """Build the warehouse anew from the archive and publish it; with `only_check`, only compare.

    What the archive does not hold goes over from the warehouse before: its runs, and what earlier extractors made of
    the captures. Damaged captures are passed over and reported. `on_start` is told the archive's size in bytes,
    `on_progress` how many have been read. Raises `IncompleteArchiveError`, without `accept_loss`, when the warehouse
    knows captures that the archive has lost, damaged ones aside; `MissingWarehouseError` when there is nothing to
    check; `LockedError`, `ArchiveError`, `WarehouseError`.
    """
    with ExitStack() as stack:
        stack.enter_context(ProjectLock(project.lock))
        started_at = clock()
        archive = stack.enter_context(open_archive(project, started_at))
        rebuild = stack.enter_context(Rebuild(project.warehouse))
        warehouse = None
        is_comparable = project.warehouse.exists()
        if only_check:
            if not is_comparable:
                raise MissingWarehouseError(project.warehouse)
        else:
            # As it will be compared: with whatever an earlier run has loaded and not published.
            warehouse = stack.enter_context(Warehouse(project.warehouse))
            warehouse.publish()
        report = ReplayReport()
        on_start(archive.size_bytes())
        with rebuild.writer() as fresh:
            fresh.sync_watch(Watchlist(project.watchlist).authors)
            captures = archive.scan(on_damage=report.damages.append, on_progress=on_progress)
            for batch in batches(captures, Reader(archive)):
                _, counts = load_readings(fresh, archive, batch, started_at)
                report.capture_count += len(batch)
                report.observation_count += counts.observations - counts.retracted
        damaged_files = {damage.file for damage in report.damages}
        lost = [row for row in rebuild.lost_captures() if row["warc_file"] not in damaged_files]
        if lost and not accept_loss and not only_check:
            raise IncompleteArchiveError(project.archive, len(lost), {row["warc_file"] for row in lost})
        if is_comparable:
            report.differences = rebuild.differences()
        if warehouse is not None:
            status = "partial" if report.damages else "complete"
            rebuild.carry_over(str(uuid4()), started_at, clock(), status)
            warehouse.replace_with(rebuild.path)
    return report


def batches(captures: Iterable[tuple[Capture, Response]], reader: Reader) -> Iterator[list[Reading]]:
    """Yield readings in batches for loading: large ones, but each author once where the archive goes day by day.

    An author of whom a load brings one capture is appended to; the history of one with more of them is worked out anew,
    which does no harm where they come side by side, from a packed month.
    """
    batch: list[Reading] = []
    authors: set[str] = set()
    last = None
    for capture, response in captures:
        is_again = capture.author_id in authors and capture.author_id != last and len(batch) >= _SMALL_BATCH
        if is_again or len(batch) >= _LARGE_BATCH:
            yield batch
            batch, authors = [], set()
        batch.append(reader.read(capture, response))
        authors.add(last := capture.author_id)
    if batch:
        yield batch
