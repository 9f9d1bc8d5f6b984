"""One page in, one judgement out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scholar_etl.demo.facts import FIRST_KEY, first_profile
from scholar_etl.demo.markups import render
from scholar_etl.errors import UsageError
from scholar_etl.extract import extract_page, observe
from scholar_etl.model import Capture, Metrics, Outcome, Profile

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CAPTURE = Capture(
    capture_id="c",
    run_id="r",
    source="scholarfeed",
    author_id="scholarfeed:1001",
    url="https://www.scholarfeed.org/author/1001",
    fetched_at=NOON,
    http_status=200,
    payload_digest=None,
    warc_file="a.warc.gz",
    warc_offset=0,
)


def page(profile: Profile) -> bytes:
    """Return an author page."""
    return render(profile, key=FIRST_KEY, today=TODAY, markup="definition")


def test_the_document_is_plain_json() -> None:
    """What `extract` prints survives JSON, with the keys of the contract in order."""
    document = extract_page(page(first_profile(FIRST_KEY)), fetched_at=NOON).to_dict()
    assert json.loads(json.dumps(document)) == document
    assert list(document) == [
        "source", "outcome", "extractor_version", "author", "metrics", "listing_complete", "papers", "problems",
    ]  # fmt: skip
    assert list(document["papers"][0]) == [
        "position", "paper_id", "category", "arxiv_category", "published_on", "has_code", "title", "authors", "et_al",
        "affiliation", "abstract",
    ]  # fmt: skip


def test_a_refused_page_shows_no_facts() -> None:
    """When a hard rule is breached, nothing but the reason is given."""
    profile = first_profile(FIRST_KEY)
    extraction = extract_page(page(replace(profile, heading_count=28)), fetched_at=NOON)
    assert extraction.outcome is Outcome.QUARANTINED
    document = extraction.to_dict()
    assert document["author"] == {"name": None, "field": None}
    assert set(document["metrics"].values()) == {None}
    assert (document["papers"], document["listing_complete"]) == ([], None)
    assert {problem["severity"] for problem in document["problems"]} >= {"error"}


def test_zero_is_a_value_and_absence_is_none() -> None:
    """A shown 0 is 0; a metric that is not shown is null and flagged."""
    profile = replace(first_profile(FIRST_KEY), metrics=Metrics(0, 29, 0, None, 0))
    extraction = extract_page(page(profile), fetched_at=NOON)
    assert extraction.profile is not None
    assert extraction.profile.metrics == Metrics(0, 29, 0, None, 0)
    assert [problem.rule for problem in extraction.problems] == ["value_missing"]


def test_fewer_papers_than_announced_are_an_incomplete_listing() -> None:
    """A part of the listing is accepted and marked: it removes nothing."""
    profile = first_profile(FIRST_KEY)
    extraction = extract_page(page(replace(profile, papers=profile.papers[:7])), fetched_at=NOON)
    assert extraction.profile is not None
    assert (len(extraction.profile.papers), extraction.profile.listing_complete) == (7, False)
    assert [problem.rule for problem in extraction.problems] == ["listing_incomplete"]


def test_the_caller_must_name_a_source_and_a_zone() -> None:
    """An unknown source is the user's error, a naive time the programmer's."""
    with pytest.raises(UsageError, match="known are scholarfeed"):
        extract_page(b"", "nowhere", fetched_at=NOON)
    with pytest.raises(ValueError, match="time zone"):
        extract_page(b"", fetched_at=datetime(2026, 11, 22))  # noqa: DTZ001


def test_only_an_accepted_page_makes_an_observation() -> None:
    """An observation takes its time from the capture; a refused page makes none."""
    extraction = extract_page(page(first_profile(FIRST_KEY)), fetched_at=NOON)
    observation = observe(extraction, CAPTURE)
    assert (observation.observed_at, observation.profile) == (NOON, extraction.profile)
    with pytest.raises(ValueError, match="not_a_profile"):
        observe(extract_page(b"<p>Hello, this is a page about nothing at all.", fetched_at=NOON), CAPTURE)
