"""From captures in the archive to judgements and observations: what a refresh, a recovery and a replay share."""

from __future__ import annotations

import logging
from datetime import datetime

from scholar_etl.archive import Archive
from scholar_etl.errors import ArchiveError
from scholar_etl.extract import judge_response, observe
from scholar_etl.model import Capture, JudgedCapture, Observation, Original, Response
from scholar_etl.store import Warehouse

_OK, _NOT_MODIFIED = 200, 304
_BATCH_SIZE = 50

_log = logging.getLogger(__name__)


def judge(
    capture: Capture, response: Response, original: Original | None, archive: Archive
) -> tuple[JudgedCapture, Observation | None]:
    """Read one archived capture: its judgement, and the observation it makes when it is accepted.

    A capture that repeats an earlier payload is read as that payload was captured: a date without its year means what
    it meant when the site rendered it.
    """
    body, status, error, rendered_at = response.body, response.status, response.error, capture.fetched_at
    if capture.refers_to is not None and original is not None:
        rendered_at = original.fetched_at
        try:
            body = archive.body_of(capture, original)
        except ArchiveError as damage:
            body, error = None, str(damage)
        if status == _NOT_MODIFIED:
            status = _OK
    extraction = judge_response(body, status, error, capture.source, capture.url, rendered_at)
    reading = JudgedCapture(capture, extraction.outcome, extraction.extractor_version, extraction.problems)
    return reading, observe(extraction, capture) if extraction.profile is not None else None


def is_held(archive: Archive, original: Original) -> bool:
    """Return whether the archive still has a capture whole."""
    try:
        capture, response = archive.read(original.warc_file, original.warc_offset)
    except ArchiveError:
        return False
    return capture.capture_id == original.capture_id and response.body is not None


def take_in_archived(archive: Archive, warehouse: Warehouse, recorded_at: datetime) -> int:
    """Load the captures that a killed run archived and did not load; return how many they were."""
    originals = {latest.original.capture_id: latest.original for latest in warehouse.latest_originals().values()}
    pending: list[tuple[JudgedCapture, Observation | None]] = []
    count = 0

    def load() -> int:
        known = warehouse.known_captures(reading.capture.capture_id for reading, _ in pending)
        fresh = [(r, o) for r, o in pending if r.capture.capture_id not in known]
        warehouse.load([o for _, o in fresh if o is not None], [r for r, _ in fresh], recorded_at=recorded_at)
        pending.clear()
        return len(fresh)

    for capture, response in archive.scan(
        warehouse.archive_offsets(), on_damage=lambda damage: _log.warning("%s", damage)
    ):
        pending.append(judge(capture, response, originals.get(capture.refers_to or ""), archive))
        if capture.payload_digest is not None and capture.refers_to is None:
            originals[capture.capture_id] = Original(
                capture_id=capture.capture_id,
                url=capture.url,
                fetched_at=capture.fetched_at,
                payload_digest=capture.payload_digest,
                warc_file=capture.warc_file,
                warc_offset=capture.warc_offset,
            )
        if len(pending) >= _BATCH_SIZE:
            count += load()
    if pending:
        count += load()
    return count
