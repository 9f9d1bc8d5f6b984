"""The archive of a project, for a run that may write to it: a folder, or a copy of what machines share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from scholar_etl.archive import Archive
from scholar_etl.archive.layout import new_part, segments_of
from scholar_etl.archive.shared import SharedArchive
from scholar_etl.settings import Project


@contextmanager
def open_archive(project: Project, started_at: datetime) -> Iterator[Archive]:
    """Open the archive for a run that begins at `started_at` (aware) and holds the project.

    Where it is shared, what others wrote is copied here first, and what this run wrote is copied there at its end; what
    a run that failed wrote, by the next. Raises `ArchiveError`, `UsageError` when the address cannot be used.
    """
    if project.shared_archive is None:
        with Archive(project.archive) as archive:
            yield archive
        return
    shared = SharedArchive(project.shared_archive)
    shared.sync(project.archive)
    part = new_part(started_at)
    with Archive(project.archive, part) as archive:
        yield archive
    shared.copy_from(project.archive, segments_of(project.archive, part))
