"""From captures in the archive to judgements and observations: what a refresh, a recovery and a replay share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from scholar_etl.archive import Archive
from scholar_etl.errors import ArchiveError
from scholar_etl.extract import judge_response, observe
from scholar_etl.model import Capture, Extraction, JudgedCapture, Observation, Original, Response

Reading = tuple[JudgedCapture, Observation | None]

_OK, _NOT_MODIFIED = 200, 304
_REMEMBERED = 1_000  # extractions, of some 50 KB each


class Reader:
    """Reads captures in the order in which they were archived, each once; a revisit by what it refers to.

    `originals` are the captures from before that may be referred to. A page that is confirmed again and again is read
    once, as long as it stays among the newest ones.
    """

    def __init__(self, archive: Archive, originals: Iterable[Original] = ()) -> None:
        self._archive = archive
        self._originals = {original.capture_id: original for original in originals}
        self._extractions: OrderedDict[tuple[str, str, str], Extraction] = OrderedDict()
        self._has_looked_ahead = False

    def add_original(self, original: Original) -> None:
        """Make known one more capture that may be referred to."""
        self._originals[original.capture_id] = original

    def read(self, capture: Capture, response: Response) -> Reading:
        """Return the judgement of a capture, and the observation it makes when it is accepted."""
        if original := original_of(capture):
            self.add_original(original)
        held_by = capture.refers_to or capture.capture_id
        if capture.refers_to is not None and held_by not in self._originals and not self._has_looked_ahead:
            self._look_ahead()
        original = self._originals.get(held_by)
        if original is None or response.error or capture.http_status not in (_OK, _NOT_MODIFIED):
            return judged(capture, extract_capture(capture, response, original, self._archive))
        key = (held_by, capture.author_id, capture.url)
        extraction = self._extractions.pop(key, None)
        if extraction is None:
            extraction = extract_capture(capture, response, original, self._archive)
        self._extractions[key] = extraction
        if len(self._extractions) > _REMEMBERED:
            self._extractions.popitem(last=False)
        return judged(capture, extraction)

    def _look_ahead(self) -> None:
        """Make known all captures that may be referred to, once.

        Where a clock was set back, or a page came in from elsewhere, what repeats a page may be dated before it, and so
        stand before it in the archive. Or the page is lost, and the look is in vain.
        """
        self._has_looked_ahead = True
        for capture, _ in self._archive.scan(on_damage=lambda _: None):
            if original := original_of(capture):
                self.add_original(original)


def extract_capture(capture: Capture, response: Response, original: Original | None, archive: Archive) -> Extraction:
    """Return what an archived capture says.

    A capture that repeats an earlier payload is read as that payload was captured: a date without its year means what
    it meant when the site rendered it.
    """
    body, status, error, rendered_at = response.body, response.status, response.error, capture.fetched_at
    if capture.refers_to is not None:
        try:
            body = archive.body_of(capture, original)
        except ArchiveError as damage:
            body, error = None, str(damage)
        if original is not None:
            rendered_at = original.fetched_at
        if status == _NOT_MODIFIED:
            status = _OK
    key = capture.author_id.partition(":")[2]
    return judge_response(body, status, error, capture.source, capture.url, rendered_at, key=key)


def judged(capture: Capture, extraction: Extraction) -> Reading:
    """Return the judgement that an extraction makes of its capture, and the observation when it is accepted."""
    judgement = JudgedCapture(capture, extraction.outcome, extraction.extractor_version, extraction.problems)
    return judgement, observe(extraction, capture) if extraction.profile is not None else None


def original_of(capture: Capture) -> Original | None:
    """Return what a later revisit of a capture must know of it; None when it holds no payload itself."""
    if capture.payload_digest is None or capture.refers_to is not None:
        return None
    return Original(
        capture_id=capture.capture_id,
        url=capture.url,
        fetched_at=capture.fetched_at,
        payload_digest=capture.payload_digest,
        warc_file=capture.warc_file,
        warc_offset=capture.warc_offset,
    )


def confirmed_by(response: Response, latest: Original | None) -> Original | None:
    """Return the capture that a response may repeat: the latest of its page, None for a 304 that nobody asked for."""
    if response.status == _NOT_MODIFIED and not (response.request.etag or response.request.last_modified):
        return None  # it confirms something, but nothing that we have asked about
    return latest


def read_found(archive: Archive, place: Mapping[str, Any]) -> tuple[Capture, Response, Original | None]:
    """Return the capture at a place that `find_capture` gave, and what holds its payload: another one, or itself.

    The last is None where no payload is held. Raises `ArchiveError`.
    """
    capture, response = archive.read(place["warc_file"], place["warc_offset"])
    holder, _ = archive.read(place["original_file"], place["original_offset"])
    return capture, response, original_of(holder)


def is_held(archive: Archive, original: Original) -> bool:
    """Return whether the archive still has a capture whole."""
    try:
        capture, response = archive.read(original.warc_file, original.warc_offset)
    except ArchiveError:
        return False
    return capture.capture_id == original.capture_id and response.body is not None
