"""From the bytes of one page to an `Extraction`: read, normalise, check. Pure: no network, no database, no clock."""

from __future__ import annotations

from datetime import UTC, datetime

from scholar_etl.check import check
from scholar_etl.errors import UsageError
from scholar_etl.model import Capture, Extraction, Observation, Outcome, Problem, Severity
from scholar_etl.normalise import normalise_profile
from scholar_etl.sources import SOURCES


def extract_page(
    body: bytes, source: str = "scholarfeed", url: str | None = None, *, fetched_at: datetime
) -> Extraction:
    """Return what one page, judged alone, says.

    `body` is the decoded page (bytes: its own `<meta charset>` counts), `fetched_at` the moment of the capture, aware;
    dates printed without a year are resolved against it. Any bytes give an outcome: nothing is raised but `UsageError`
    for an unknown source and `ValueError` for a naive `fetched_at`.
    """
    if source not in SOURCES:
        raise UsageError(f"unknown source {source!r}: known are {', '.join(SOURCES)}")
    if fetched_at.tzinfo is None:
        raise ValueError("fetched_at has no time zone: pass an aware datetime, such as datetime.now(UTC)")
    site = SOURCES[source]
    fetched_at = fetched_at.astimezone(UTC)
    outcome, profile, problems = site.read(body, url, fetched_at)
    if profile is not None:
        profile = normalise_profile(profile)
        problems = [*problems, *check(profile, fetched_at)]
        if any(problem.severity is Severity.ERROR for problem in problems):
            outcome, profile = Outcome.QUARANTINED, None
    return Extraction(source, outcome, site.extractor_version, profile, tuple(problems))


def judge_response(
    body: bytes | None,
    status: int | None,
    error: str | None,
    source: str,
    url: str,
    fetched_at: datetime,
    *,
    key: str | None = None,
) -> Extraction:
    """Return what one response says: its status and failure first, then its page.

    `url` is the address that answered, `key` whose page was asked for (None: whoever's): the page of another author, to
    which a redirect may lead, is quarantined. Only a 200 can be accepted. A refused status keeps the more telling
    outcome of the two: a 403 whose page asks to sign in is `login_required`, a bare 403 is `blocked`.
    """
    version = SOURCES[source].extractor_version
    if status is None or body is None:
        why = error or "the answer could not be read"
        return Extraction(source, Outcome.UNAVAILABLE, version, None, (_failure("no_answer", why),))
    if status == 200 and error is None:
        extraction = extract_page(body, source, url, fetched_at=fetched_at)
        found = SOURCES[source].key_in(url)
        if extraction.profile is not None and key is not None and found not in (key, None):
            why = f"the page of {key} was asked for, and that of {found} came: merged, perhaps"
            problems = (_failure("another_author", why), *extraction.problems)
            return Extraction(source, Outcome.QUARANTINED, version, None, problems)
        return extraction
    if error is not None:
        return Extraction(source, Outcome.UNAVAILABLE, version, None, (_failure("broken_answer", error),))
    outcome = _OUTCOME_OF_STATUS.get(status, Outcome.UNAVAILABLE)
    if status in (401, 403):
        said = extract_page(body, source, url, fetched_at=fetched_at).outcome
        if said in (Outcome.LOGIN_REQUIRED, Outcome.BLOCKED):
            outcome = said
    return Extraction(source, outcome, version, None, (_failure("http_status", f"the site answered {status}"),))


def observe(extraction: Extraction, capture: Capture) -> Observation:
    """Return the observation that an accepted extraction of a capture makes. Raises `ValueError` on any other."""
    if extraction.profile is None:
        raise ValueError(f"the page was {extraction.outcome.value}: it makes no observation")
    return Observation(
        author_id=capture.author_id,
        observed_at=capture.fetched_at,
        profile=extraction.profile,
        capture_id=capture.capture_id,
        run_id=capture.run_id,
        extractor_version=extraction.extractor_version,
        source=capture.source,
        url=capture.url,
    )


_OUTCOME_OF_STATUS = {
    401: Outcome.LOGIN_REQUIRED,
    403: Outcome.BLOCKED,
    404: Outcome.NOT_FOUND,
    410: Outcome.NOT_FOUND,
    429: Outcome.BLOCKED,
    451: Outcome.BLOCKED,
}


def _failure(rule: str, detail: str) -> Problem:
    return Problem(rule, Severity.ERROR, detail)
