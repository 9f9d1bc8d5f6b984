"""Captures into history: judged against what is known of their authors, then loaded."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from scholar_etl.archive import Archive
from scholar_etl.collapse import RULE, Candidate, Fall, judge
from scholar_etl.errors import ArchiveError
from scholar_etl.model import Capture, JudgedCapture, Outcome, Problem, Response, Severity
from scholar_etl.pipeline.reading import Reader, Reading, extract_capture, judged, original_of, read_found
from scholar_etl.store import LoadCounts, LoggedCapture, Warehouse, author_logs, held_captures, known_authors

_BATCH_SIZE = 100

_log = logging.getLogger(__name__)


def take_in_archived(archive: Archive, warehouse: Warehouse, recorded_at: datetime) -> int:
    """Load the captures that a killed run archived and did not load; return how many they were."""
    reader = Reader(archive, (latest.original for latest in warehouse.latest_originals().values()))
    captures = archive.scan(warehouse.archive_offsets(), on_damage=lambda damage: _log.warning("%s", damage))
    count = 0
    for batch in in_batches(captures):
        known = warehouse.known_captures(capture.capture_id for capture, _ in batch)
        readings = []
        for capture, response in batch:
            if capture.capture_id not in known:
                readings.append(reader.read(capture, response))
            elif original := original_of(capture):
                reader.add_original(original)
        load_readings(warehouse, archive, readings, recorded_at)
        count += len(readings)
    return count


def load_readings(
    warehouse: Warehouse, archive: Archive, readings: Sequence[Reading], recorded_at: datetime
) -> tuple[list[Reading], LoadCounts]:
    """Judge readings against their authors' past and load them; `recorded_at` is aware.

    Return what was loaded, with the earlier captures that are judged otherwise now, and what that did.
    """
    authors = {judgement.capture.author_id for judgement, _ in readings}
    settled = PastJudge(warehouse, archive, authors).judge(readings)
    return settled, load_settled(warehouse, settled, recorded_at)


def load_settled(warehouse: Warehouse, settled: Sequence[Reading], recorded_at: datetime) -> LoadCounts:
    """Load what has been judged against the past, in one transaction; `recorded_at` is aware."""
    return warehouse.load([o for _, o in settled if o is not None], [j for j, _ in settled], recorded_at=recorded_at)


class PastJudge:
    """Judges captures against what is known of their authors, as of the moment at which it was made."""

    def __init__(self, warehouse: Warehouse, archive: Archive, author_ids: Collection[str]) -> None:
        self._warehouse = warehouse
        self._archive = archive
        self._known = known_authors(warehouse.connection, author_ids)
        self._held = held_captures(warehouse.connection, author_ids, RULE)

    def judge(self, readings: Iterable[Reading]) -> list[Reading]:
        """Return the readings as they are to be loaded, after those of earlier captures that may be judged otherwise.

        All new ones of an author must come in one call.
        """
        by_author: dict[str, list[Reading]] = defaultdict(list)
        for reading in readings:
            by_author[reading[0].capture.author_id].append(reading)
        late = {author_id for author_id, given in by_author.items() if self._is_late(author_id, given)}
        logs = author_logs(self._warehouse.connection, late) if late else {}
        settled: list[Reading] = []
        for author_id, given in by_author.items():
            if author_id in late:
                settled += self._judge_all(author_id, given, logs.get(author_id, ()))
            elif any(observation for _, observation in given):
                settled += self._judge_newest(author_id, given)
            else:
                settled += given
        return settled

    def _is_late(self, author_id: str, given: Iterable[Reading]) -> bool:
        """Tell whether one of them is not newer than all that is known, so that the author's past may change."""
        known = self._known.get(author_id)
        return known is not None and min(j.capture.fetched_at for j, _ in given) <= known.last_tried_at

    def _judge_newest(self, author_id: str, given: Iterable[Reading]) -> list[Reading]:
        """Judge captures newer than all that is known, with those held since the newest accepted one."""
        known = self._known.get(author_id)
        past, since = (known.past, known.last_seen_at) if known is not None else (None, None)
        readings = [*self._read_held(author_id, since=since), *given]
        return _settle(readings, judge(_candidates(readings), past))

    def _judge_all(self, author_id: str, given: Sequence[Reading], log: Iterable[LoggedCapture]) -> list[Reading]:
        """Judge all that was ever captured of an author: some of it comes after what arrives."""
        fresh = {judgement.capture.capture_id for judgement, _ in given}
        held = (reading for reading in self._read_held(author_id) if reading[0].capture.capture_id not in fresh)
        readings = [*held, *given]
        accepted = [entry for entry in log if entry.capture.capture_id not in fresh]
        verdicts = judge([*_candidates(readings), *(entry.candidate for entry in accepted if entry.candidate)])
        taken_back = (
            _held(entry.capture, entry.extractor_version, fall)
            for entry in accepted
            if (fall := verdicts.get(entry.capture.fetched_at))
        )
        return [*taken_back, *_settle(readings, verdicts)]

    def _read_held(self, author_id: str, *, since: datetime | None = None) -> Iterator[Reading]:
        """Yield what the captures say that are held for their fall, of all times or after the moment."""
        for place in self._held.get(author_id, ()):
            if since is None or place["fetched_at"] > since:
                try:
                    capture, response, original = read_found(self._archive, place)
                except ArchiveError as error:
                    _log.warning("capture %s stays held: %s", place["capture_id"], error)
                    continue
                yield judged(capture, extract_capture(capture, response, original, self._archive))


def _candidates(readings: Iterable[Reading]) -> list[Candidate]:
    return [Candidate.of(o.profile, o.capture_id, o.observed_at) for _, o in readings if o is not None]


def _settle(readings: Iterable[Reading], verdicts: Mapping[datetime, Fall | None]) -> list[Reading]:
    """Return the readings, those with a fall without their observations."""
    settled: list[Reading] = []
    for judgement, observation in readings:
        fall = verdicts[observation.observed_at] if observation is not None else None
        if fall is None:
            settled.append((judgement, observation))
        else:
            settled.append(_held(judgement.capture, judgement.extractor_version, fall))
    return settled


def _held(capture: Capture, extractor_version: int, fall: Fall) -> Reading:
    # Without what else is to be said of the page: of captures accepted earlier that is not known any more.
    problem = Problem(RULE, Severity.ERROR, fall.detail)
    return JudgedCapture(capture, Outcome.QUARANTINED, extractor_version, (problem,)), None


def in_batches(captures: Iterable[tuple[Capture, Response]]) -> Iterator[list[tuple[Capture, Response]]]:
    """Yield captures in batches of a size to load in one transaction."""
    batch: list[tuple[Capture, Response]] = []
    for captured in captures:
        batch.append(captured)
        if len(batch) >= _BATCH_SIZE:
            yield batch
            batch = []
    if batch:
        yield batch
