"""Pages held back: why, with the places on the page that show it, and reading them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from scholar_etl import collapse
from scholar_etl.archive import Archive
from scholar_etl.check import RULES
from scholar_etl.clock import Clock, utc_now
from scholar_etl.errors import ArchiveError
from scholar_etl.lock import ProjectLock
from scholar_etl.model import Capture, Extraction, JudgedCapture, Outcome, Problem, Severity
from scholar_etl.pipeline.excerpt import pieces_named
from scholar_etl.pipeline.loading import load_readings
from scholar_etl.pipeline.reading import extract_capture, judged, read_found
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse, connect, find_capture, last_good_values, quarantined


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A problem, the reason for its rule (None: the extractor's own), and pieces of the page around what it names.

    A piece comes with its offset, in characters from the page's beginning.
    """

    problem: Problem
    reason: str | None
    pieces: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page held back as the extractor of today reads it, and what was known of the author before."""

    capture: Capture
    extraction: Extraction
    excerpts: list[Excerpt]
    last_good: dict[str, Any] | None


@dataclass(slots=True)
class RetryReport:
    """What reading held pages again gave: those that are accepted now, and those that are still refused, with why."""

    accepted: list[JudgedCapture] = field(default_factory=list)
    refused: list[JudgedCapture] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def show_held(project: Project, capture_id: str) -> HeldPage:
    """Return what there is to know of a page held back. `capture_id` may be the beginning of one.

    Raises `UnknownCaptureError`, `ArchiveError` when the archive holds no whole page of it, `MissingWarehouseError`.
    """
    archive = Archive(project.archive)
    with connect(project.warehouse) as connection:
        place = find_capture(connection, capture_id)
        capture, response, original = read_found(archive, place)
        last_good = last_good_values(connection, capture.author_id, capture.fetched_at)
    extraction = _with_fall(extract_capture(capture, response, original, archive), place["problems"] or ())
    page = archive.body_of(capture, original).decode("utf-8", "replace")
    reasons = {rule.name: rule.reason for rule in RULES} | {collapse.RULE: collapse.REASON}
    excerpts = [
        Excerpt(problem, reasons.get(problem.rule), pieces_named(page, problem.detail))
        for problem in extraction.problems
        if problem.severity is Severity.ERROR
    ]
    return HeldPage(capture, extraction, excerpts, last_good)


def retry_held(
    project: Project,
    capture_ids: Sequence[str] = (),
    *,
    clock: Clock = utc_now,
    on_start: Callable[[int], None] = lambda _: None,
    on_capture: Callable[[], None] = lambda: None,
) -> RetryReport:
    """Read pages held back again, with the extractor of today, all of them when none is named; publish what that gives.

    What is accepted now enters history at the moment of its capture. `on_start` is told how many there are,
    `on_capture` hears of each. Raises `UnknownCaptureError`, `LockedError`, `ArchiveError`, `WarehouseError`.
    """
    report = RetryReport()
    with ExitStack() as stack:
        stack.enter_context(ProjectLock(project.lock))
        with connect(project.warehouse) as connection:
            wanted = capture_ids or [row["capture_id"] for row in quarantined(connection, with_resolved=True)]
            places = [find_capture(connection, capture_id) for capture_id in wanted]
        warehouse = stack.enter_context(Warehouse(project.warehouse))
        archive = Archive(project.archive)
        on_start(len(places))
        readings = []
        for place in places:
            on_capture()
            try:
                capture, response, original = read_found(archive, place)
            except ArchiveError as error:
                report.problems.append(f"capture {place['capture_id']}: {error}")
                continue
            readings.append(judged(capture, extract_capture(capture, response, original, archive)))
        settled, _ = load_readings(warehouse, archive, readings, clock())
    asked = {judgement.capture.capture_id for judgement, _ in readings}
    for judgement, _ in settled:
        if judgement.capture.capture_id in asked:
            (report.accepted if judgement.outcome is Outcome.ACCEPTED else report.refused).append(judgement)
    return report


def _with_fall(extraction: Extraction, problems: Iterable[dict[str, str]]) -> Extraction:
    """Return what a page says with that for which it is held though it is acceptable alone, if there is such."""
    falls = tuple(
        Problem(problem["rule"], Severity(problem["severity"]), problem["detail"])
        for problem in problems
        if problem["rule"] == collapse.RULE
    )
    if not falls or extraction.outcome is not Outcome.ACCEPTED:
        return extraction
    return replace(extraction, outcome=Outcome.QUARANTINED, profile=None, problems=(*falls, *extraction.problems))
