"""A refresh shared out: what a worker is told, and what it does. It knows neither the project nor the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from scholar_etl.archive import Archive
from scholar_etl.archive.layout import list_segments
from scholar_etl.archive.shared import SharedArchive
from scholar_etl.clock import Clock, utc_now
from scholar_etl.fetch import Fetcher, Gate, host_of
from scholar_etl.model import Deferral, Original, Request
from scholar_etl.pipeline.reading import confirmed_by, extract_capture
from scholar_etl.pipeline.refusals import Refusals
from scholar_etl.settings import FetchSettings

PART_SIZE = 25
"""Responses that go up together: as many are lost, and fetched again, when a worker is."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A page to be fetched. `original` is what it may turn out to repeat, None when there is nothing."""

    request: Request
    original: Original | None


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a run: the pages, how to fetch them, and where to archive them under a name of its own."""

    run_id: str
    part: str
    archive: str
    fetch: FetchSettings
    assignments: tuple[Assignment, ...]

    @property
    def prefix(self) -> str:
        """What the names of all its segments begin with, behind the day, and those of no other shard."""
        return f"{self.part}-"

    def again(self, assignments: Iterable[Assignment]) -> Shard:
        """Return a shard of those of its pages, for another worker; its segments have a name of their own."""
        return replace(self, part=f"{self.part}r", assignments=tuple(assignments))


def split(assignments: Iterable[Assignment], size: int) -> Iterator[tuple[Assignment, ...]]:
    """Yield them in pieces of one host each, in the order given: each as soon as it is full, the rest at the end."""
    pieces: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        host = host_of(assignment.request.url)
        piece = pieces.setdefault(host, [])
        piece.append(assignment)
        if len(piece) == size:
            yield tuple(pieces.pop(host))
    yield from map(tuple, pieces.values())


def fetch_shard(
    shard: Shard, *, gate: Gate, clock: Clock = utc_now, on_fetched: Callable[[int], None] = lambda _: None
) -> list[Deferral]:
    """Fetch the pages and put them into the shared archive; return those that could not be asked for now.

    `gate` is what other workers are heeded by. `on_fetched` is told how many of the pages are done. What has been
    fetched goes up also when this is ended from outside. Raises `ArchiveError`, and what the gate raises.
    """
    shared = SharedArchive(shard.archive)
    deferred: list[Deferral] = []
    done = 0
    with (
        TemporaryDirectory(prefix="scholar-etl-") as folder,
        Fetcher(shard.fetch, clock=clock, gate=gate) as fetcher,
    ):
        refusals = Refusals(fetcher)
        for start in range(0, len(shard.assignments), PART_SIZE):
            batch = {given.request.author_id: given for given in shard.assignments[start : start + PART_SIZE]}
            with _uploaded(Path(folder), f"{shard.prefix}{start // PART_SIZE}-{uuid4().hex[:8]}", shared) as archive:
                for response in fetcher.fetch_all([given.request for given in batch.values()]):
                    done += 1
                    on_fetched(done)
                    if isinstance(response, Deferral):
                        deferred.append(response)
                        continue
                    original = confirmed_by(response, batch[response.request.author_id].original)
                    capture = archive.append(response, run_id=shard.run_id, original=original)
                    outcome = extract_capture(capture, response, None, archive).outcome
                    refusals.note(response.request, capture.http_status, outcome)
    return deferred


@contextmanager
def _uploaded(root: Path, part: str, shared: SharedArchive) -> Iterator[Archive]:
    """Give an archive below `root`; whatever is in it at the end goes up, and is deleted here."""
    try:
        with Archive(root, part) as archive:
            yield archive
    finally:
        names = list_segments(root)
        shared.copy_from(root, names)
        for name in names:
            (root / name).unlink()
