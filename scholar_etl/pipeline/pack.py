"""Months of the archive that have passed, packed; and the archive, packed or not, written as WARC files again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from scholar_etl.archive import Archive
from scholar_etl.archive.compacting import PackedResult, drop_packed, months_to_pack, pack_month
from scholar_etl.archive.layout import is_packed
from scholar_etl.clock import Clock, utc_now
from scholar_etl.errors import ArchiveError, UsageError
from scholar_etl.files import is_in_use
from scholar_etl.lock import ProjectLock
from scholar_etl.model import Capture, Original, Response
from scholar_etl.pipeline.archives import open_archive
from scholar_etl.pipeline.loading import take_in_archived
from scholar_etl.pipeline.reading import original_of
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse


@dataclass(slots=True)
class PackReport:
    """The months that were packed, and why others were not, a line each."""

    months: list[PackedResult] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def pack_archive(
    project: Project,
    *,
    clock: Clock = utc_now,
    on_month: Callable[[str, int], None] = lambda _, __: None,
    on_capture: Callable[[], None] = lambda: None,
) -> PackReport:
    """Pack every month of the archive that has passed, verify it, and delete its segments.

    A month with damage is left as it is, and is a problem. The segments go last, when the published warehouse says
    where their captures lie now; killed at any time, it goes on where it stopped. `on_month` is told each month and
    how many steps it takes, `on_capture` hears of each. Raises `LockedError`, `ArchiveError`, `WarehouseError`.
    """
    with ExitStack() as stack:
        stack.enter_context(ProjectLock(project.lock))
        archive = stack.enter_context(open_archive(project, clock()))
        months = months_to_pack(archive.root, clock())
        report = PackReport()
        if not months:
            return report
        warehouse = stack.enter_context(Warehouse(project.warehouse))
        take_in_archived(archive, warehouse, clock())
        for month in months:
            try:
                packed = pack_month(archive, month, on_start=partial(on_month, month), on_capture=on_capture)
            except ArchiveError as error:
                report.problems.append(f"{month} was not made: {error}")
                continue
            warehouse.move_captures(month, packed.capture_ids)
            report.months.append(packed)
        warehouse.publish()
        for packed in report.months:
            drop_packed(archive.root, packed.warc_file)
    return report


@dataclass(slots=True)
class ExportReport:
    """How many captures were written, and what could not be: damage, and repetitions of what is lost, a line each."""

    capture_count: int = 0
    problems: list[str] = field(default_factory=list)


def export_archive(
    project: Project,
    folder: Path,
    *,
    on_start: Callable[[int], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ExportReport:
    """Write every capture into WARC files below a new folder, a file a day.

    Of a packed capture the body is written decoded, as archives do: the headers of its compression get the prefix
    `X-Crawler-`, and its digest is that of the body. `on_start` is told the archive's size in bytes, `on_progress` how
    many have been read. Raises `UsageError` when the folder is in use, `ArchiveError` when it cannot be written.
    """
    if is_in_use(folder):
        raise UsageError(f"{folder} is in use: name a folder that does not exist yet")
    archive = Archive(project.archive)
    on_start(archive.size_bytes())
    report = ExportReport()
    with Archive(folder) as target:
        exporter = _Exporter(target)
        captures = archive.scan(on_damage=lambda damage: report.problems.append(str(damage)), on_progress=on_progress)
        # What it repeats may come in a later file.
        late = [captured for captured in captures if not exporter.write(*captured)]
        for capture, response in late:
            if not exporter.write(capture, response):
                report.problems.append(f"capture {capture.capture_id} repeats {capture.refers_to}, which is not there")
    report.capture_count = exporter.count
    return report


class _Exporter:
    def __init__(self, target: Archive) -> None:
        self.count = 0
        self._target = target
        self._originals: dict[str, Original] = {}

    def write(self, capture: Capture, response: Response) -> bool:
        """Write one capture, unless what it repeats has not been written; return whether it was."""
        original = self._originals.get(capture.refers_to or "")
        if capture.refers_to is not None and original is None:
            return False
        if is_packed(capture.warc_file) and response.body is not None:
            response = _with_payload(response, response.body)
        written = self._target.append(
            response,
            run_id=capture.run_id,
            original=original,
            is_repeat=original is not None,
            capture_id=capture.capture_id,
            notes=dict(capture.notes),
        )
        if (held := original_of(written)) is not None:
            self._originals[written.capture_id] = held
        self.count += 1
        return True


def _with_payload(response: Response, body: bytes) -> Response:
    """Return a response that is sent as its body is, without compression."""
    headers = tuple(
        (f"X-Crawler-{name}" if name.lower() in ("content-encoding", "content-length") else name, value)
        for name, value in response.headers
    )
    return replace(response, payload=body, headers=(*headers, ("Content-Length", str(len(body)))))
