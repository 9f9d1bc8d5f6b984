"""Metrics that stand below the papers, or beside them: read where no other could be meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from frameworks_for_tests import EVERY_MARKUP
from markups_for_tests import Markup, Places, compose, figures, places
from traps_for_tests import ADDITIONS, KEY

from scholar_etl.demo.facts import first_profile
from scholar_etl.extract import extract_page
from scholar_etl.model import Profile
from scholar_etl.normalise import normalise_profile

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = f"https://www.scholarfeed.org/author/{KEY}"
# Blocks without boxes take up what follows them; a header ends with the metrics.
UNBOUNDED = {"flat_title_first", "bootstrap", "lines", "labelled_lines", "details", "header_list"}


def _below(profile: Profile, markup: Markup) -> Places:
    """Return the page of an author, with the metrics below the papers."""
    parts = places(profile, markup, TODAY)
    parts.metrics, parts.after = "", parts.metrics
    return parts


def _read(parts: Places, markup: Markup) -> Profile | None:
    return extract_page(compose(parts, markup), url=URL, fetched_at=NOON).profile


@pytest.mark.parametrize("name", EVERY_MARKUP)
def test_metrics_below_the_papers_are_read(name: str) -> None:
    """Where blocks have boxes, it makes no difference on which side of them the metrics stand."""
    profile = first_profile(KEY)
    read = _read(_below(profile, EVERY_MARKUP[name]), EVERY_MARKUP[name])
    assert read in ((None, normalise_profile(profile)) if name in UNBOUNDED else (normalise_profile(profile),))


@pytest.mark.parametrize("trap", ADDITIONS)
def test_no_other_metrics_are_taken_for_those_below(trap: str) -> None:
    """Whatever else stands on such a page is not read, or the page is held."""
    profile = first_profile(KEY)
    wrong = set()
    for name, markup in EVERY_MARKUP.items():
        parts = _below(profile, markup)
        ADDITIONS[trap](parts, profile, markup, TODAY)
        if _read(parts, markup) not in (None, normalise_profile(profile)):
            wrong.add(name)
    assert wrong == set()


@pytest.mark.parametrize("name", ["custom", "vue", "title_first"])
def test_a_page_doubled_is_not_read_across_its_copies(name: str) -> None:
    """Metrics between two copies of the listing belong to the first; the papers behind them are the second."""
    profile, markup = first_profile(KEY), EVERY_MARKUP[name]
    own = replace(profile.papers[0], authors=(profile.name,), et_al=False, affiliation=None)
    metrics = replace(profile.metrics, paper_count=1)
    parts = _below(replace(profile, papers=(own,), heading_count=1, metrics=metrics), markup)
    parts.below = f"{parts.name}{parts.heading}{parts.listing}{parts.after}"
    assert _read(parts, markup) is None


@pytest.mark.parametrize("name", EVERY_MARKUP)
def test_other_metrics_do_not_stand_in_for_the_author_s(name: str) -> None:
    """Where the author's own are damaged, those of somebody with as many papers are not taken, however they stand."""
    profile, markup = first_profile(KEY), EVERY_MARKUP[name]
    parts = places(profile, markup, TODAY)
    parts.metrics = parts.metrics.replace("citations", "Zitate")
    parts.after = f"<div>{markup.metrics(figures(replace(profile.metrics, h_index=99)))}</div>"
    assert _read(parts, markup) is None
