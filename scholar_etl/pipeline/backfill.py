"""Pages from other tools' WARC files made captures at their own dates: history reaches back before the first run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from scholar_etl.archive import Archive, ForeignResponse, read_responses, with_body
from scholar_etl.clock import Clock, utc_now
from scholar_etl.errors import ForeignFileError
from scholar_etl.lock import ProjectLock
from scholar_etl.model import Original, Request, Response
from scholar_etl.pipeline.archives import open_archive
from scholar_etl.pipeline.loading import load_readings, take_in_archived
from scholar_etl.pipeline.reading import Reader, Reading, original_of
from scholar_etl.settings import Project
from scholar_etl.sources import SOURCES
from scholar_etl.store import Warehouse
from scholar_etl.watchlist import Watchlist

_BATCH_SIZE = 200
_SLACK = timedelta(days=1)  # another machine's clock may be ahead of ours


@dataclass(slots=True)
class ImportedFile:
    """What came of one file: `captures` that are new, `known` ones from before, and `others`, no pages of authors.

    `problems` are records that could not be used, a line each.
    """

    path: Path
    captures: int = 0
    accepted: int = 0
    known: int = 0
    others: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ImportReport:
    """One import: its run, and what came of each file."""

    run_id: str
    files: list[ImportedFile] = field(default_factory=list)
    was_interrupted: bool = False

    @property
    def status(self) -> str:
        """The run's status in the warehouse: `complete`, `partial` or `interrupted`."""
        if self.was_interrupted:
            return "interrupted"
        return "partial" if any(file.problems for file in self.files) else "complete"


def import_files(
    project: Project,
    paths: Sequence[Path],
    *,
    only_watched: bool = False,
    clock: Clock = utc_now,
    on_start: Callable[[int], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Take the author pages in WARC files into archive and history, at the dates of their records, and publish.

    A record is known by its id: taking in a file again, or a copy of it, changes nothing. `only_watched` leaves out who
    is not on the watchlist. `on_start` is told the size of all files in bytes, `on_progress` how many have been read.
    A file that is no WARC file is a problem of that file. Ctrl-C ends it early and cleanly. Raises `ForeignFileError`
    when a file is missing, before anything is done; `LockedError`, `ArchiveError`, `WarehouseError`.
    """
    sizes = [_size(path) for path in paths]
    with ExitStack() as stack:
        stack.enter_context(ProjectLock(project.lock))
        warehouse = stack.enter_context(Warehouse(project.warehouse))
        started_at = clock()
        archive = stack.enter_context(open_archive(project, started_at))
        watched = Watchlist(project.watchlist).authors
        warehouse.sync_watch(watched)
        take_in_archived(archive, warehouse, started_at)
        report = ImportReport(str(uuid4()))
        on_start(sum(sizes))
        importer = _Importer(project, archive, warehouse, report.run_id, started_at)
        if only_watched:
            importer.wanted = {author.author_id for author in watched}
        done = 0

        def advance(position: int) -> None:
            on_progress(done + position)

        try:
            for path, size in zip(paths, sizes, strict=True):
                report.files.append(ImportedFile(path))
                importer.read(report.files[-1], advance)
                done += size
            importer.finish()
        except KeyboardInterrupt:
            report.was_interrupted = True
            importer.load()
        if importer.authors:  # a file that brings nothing leaves no trace
            warehouse.finish_run(report.run_id, report.status, clock(), len(importer.authors))
    return report


class _Importer:
    """Reads files one after the other; archives and loads what is new in batches."""

    def __init__(
        self, project: Project, archive: Archive, warehouse: Warehouse, run_id: str, started_at: datetime
    ) -> None:
        self.authors: set[str] = set()
        self.wanted: set[str] | None = None
        self._patterns = _address_patterns(project)
        self._archive = archive
        self._warehouse = warehouse
        self._run_id = run_id
        self._started_at = started_at
        self._reader = Reader(archive)
        self._pending: list[_Page] = []
        self._unresolved: list[_Page] = []
        self._readings: list[Reading] = []
        self._files: dict[str, tuple[ImportedFile, bool]] = {}
        self._originals: dict[str, Original] = {}

    def read(self, file: ImportedFile, on_progress: Callable[[int], None]) -> None:
        """Take in one file. `on_progress` is told how many bytes of it have been read."""
        try:
            for response in read_responses(file.path, on_problem=file.problems.append, on_progress=on_progress):
                author = self._author_of(response.url)
                if author is None or (self.wanted is not None and author[0] not in self.wanted):
                    file.others += 1
                elif response.fetched_at > self._started_at + _SLACK:
                    file.problems.append(f"record {response.record_id}: it is dated {response.fetched_at}")
                else:
                    self._pending.append(_Page(file, *author, response))
                    if len(self._pending) >= _BATCH_SIZE:
                        self._take_pending()
        except ForeignFileError as error:
            file.problems.append(error.problem)
        self._take_pending()

    def finish(self) -> None:
        """Take in the revisits whose originals came after them; the others are problems of their files."""
        self._pending, self._unresolved = self._unresolved, []
        self._take_pending()
        for page in self._unresolved:
            page.file.problems.append(f"record {page.response.record_id}: it repeats a page that is not here")

    def load(self) -> None:
        """Load what has been archived and read, and count in each file what is accepted, or is not any more."""
        settled, _ = load_readings(self._warehouse, self._archive, self._readings, self._started_at)
        self._readings = []
        for judgement, observation in settled:
            capture_id = judgement.capture.capture_id
            if capture_id in self._files:
                file, was_accepted = self._files[capture_id]
                is_accepted = observation is not None
                file.accepted += is_accepted - was_accepted
                self._files[capture_id] = file, is_accepted

    def _author_of(self, url: str) -> tuple[str, str] | None:
        """Return author_id and source of whose page the address is; None when it is no author's."""
        for source, pattern in self._patterns:
            if match := pattern.fullmatch(url):
                return f"{source}:{match['key']}", source
        return None

    def _take_pending(self) -> None:
        pages, self._pending = self._pending, []
        known = self._warehouse.known_captures(page.response.capture_id for page in pages)
        fresh = {page.response.capture_id: page for page in pages if page.response.capture_id not in known}
        for page in pages:
            page.file.known += fresh.get(page.response.capture_id) is not page
        revisits = [page for page in fresh.values() if page.response.is_revisit]
        for page in fresh.values():
            if not page.response.is_revisit:
                self._take(page, None)
        self.load()
        self._look_up_originals(revisits)
        for page in revisits:
            original = self._original_of(page)
            if original is None:
                self._unresolved.append(page)
            else:
                self._take(page, original)
        self.load()

    def _take(self, page: _Page, original: Original | None) -> None:
        """Archive and read one page."""
        if not self.authors:
            self._warehouse.begin_run(self._run_id, "import", self._started_at)
        given = page.response
        response = Response(
            Request(page.author_id, page.source, given.url),
            url=given.url,
            fetched_at=given.fetched_at,
            status=given.status,
            headers=given.headers,
            payload=given.payload,
            error=f"the body was cut short ({given.truncated})" if given.truncated else None,
            truncated=given.truncated,
        )
        capture = self._archive.append(
            response,
            run_id=self._run_id,
            original=original,
            is_repeat=original is not None,
            capture_id=given.capture_id,
            notes={"imported-from": page.file.path.name, "imported-record": given.record_id},
        )
        if original is None and not given.truncated:
            response = with_body(response)
        self._readings.append(self._reader.read(capture, response))
        self.authors.add(page.author_id)
        page.file.captures += 1
        self._files[capture.capture_id] = page.file, False
        if held := original_of(capture):
            self._remember(held, page.author_id, given.payload_digest)

    def _remember(self, original: Original, author_id: str, *digests: str | None) -> None:
        """Keep a capture that a revisit may refer to, by its id or by author and digest."""
        self._reader.add_original(original)
        self._originals[original.capture_id] = original
        for digest in filter(None, (original.payload_digest, *digests)):
            self._originals[f"{author_id} {digest}"] = original

    def _original_of(self, page: _Page) -> Original | None:
        by_id = self._originals.get(page.response.refers_to or "")
        return by_id or self._originals.get(f"{page.author_id} {page.response.payload_digest}")

    def _look_up_originals(self, revisits: Sequence[_Page]) -> None:
        """Find in the warehouse what earlier imports and runs have brought."""
        missing = [page for page in revisits if self._original_of(page) is None]
        if not missing:
            return
        found = self._warehouse.find_originals(
            [page.response.refers_to for page in missing if page.response.refers_to],
            [f"{page.author_id} {page.response.payload_digest}" for page in missing],
        )
        for author_id, original in found:
            self._remember(original, author_id)


@dataclass(frozen=True, slots=True)
class _Page:
    """A response in a file, and whose page it is."""

    file: ImportedFile
    author_id: str
    source: str
    response: ForeignResponse


def _address_patterns(project: Project) -> list[tuple[str, re.Pattern[str]]]:
    """Return for each source how its authors' pages are addressed: on the site itself, and at the base_url set."""
    patterns = []
    for name, source in SOURCES.items():
        base_url = getattr(project.settings.sources, name).base_url
        patterns.append((name, re.compile(source.url_pattern)))
        patterns.append((name, re.compile(rf"{re.escape(base_url)}{source.path_pattern}(?:[?#].*)?")))
    return patterns


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise ForeignFileError(path, error.strerror or str(error)) from error
