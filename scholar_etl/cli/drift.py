"""What has changed on a site's pages, as lines for a person who will mend the reading of it."""

from __future__ import annotations

from collections.abc import Iterator

from scholar_etl.cli.times import show_moment
from scholar_etl.pipeline import Drift, Sighting
from scholar_etl.yields import PAGE, LostField, MovedPart


def describe_drift(drift: Drift) -> Iterator[str]:
    """Yield what has changed on how many pages, the markup before and now, and what to do next."""
    change = drift.change
    if isinstance(change, LostField):
        yield f"drift: {_lost(change)}"
        for problem, count in change.reasons:
            yield f"held back on {_count(count, 'page')} by {problem.rule}: {problem.detail}"
    else:
        yield f"drift: {_moved(change)}"
    if drift.was and drift.now:
        yield f"was: {_markup(drift.was)}"
        yield f"now: {_markup(drift.now)}"
    page = change.pages[0]
    if page.reason is not None:
        yield f"next: scholar-etl quarantine show {page.capture_id}"
    elif drift.is_loss:
        yield f"next: scholar-etl archive promote {page.capture_id} DIR, to have the page and what is read of it"


def _lost(change: LostField) -> str:
    of = f"{len(change.pages)} of {_count(change.expected_count, 'page')}"
    what = f"{of} cannot be read" if change.field == PAGE else f"{change.field} is missing on {of} that should show it"
    before = ""
    if change.usual is not None and change.usual.run_count:
        share = change.usual.found_count / change.usual.page_count
        verb = "was read" if change.field == PAGE else "was found"
        before = f"; before, it {verb} on {share:.0%} of pages in the last {_count(change.usual.run_count, 'run')}"
    return f"{change.source}: {what}, since {show_moment(change.since)}{before}"


def _moved(change: MovedPart) -> str:
    of = f"{len(change.pages)} of {_count(change.out_of, 'page')}"
    where = f"{change.part} is at {change.path}, was at {change.usual_path}"
    return f"{change.source}: new markup on {of}, which still reads well: {where}"


def _markup(sighting: Sighting) -> str:
    where = f"capture {sighting.capture_id[:8]} of {show_moment(sighting.fetched_at)}, {sighting.author_id}"
    return f"{sighting.markup} ({where})"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
