"""A site that answers with zeros, or with half a listing: for once, or for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from testbed import ADA, BEN, HISTORY, Bench, strict_json

from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite
from scholar_etl.model import Outcome, Profile
from scholar_etl.pipeline import RunReport, refresh

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZEROS = {ADA: {"citation_count": 0, "h_index": 0}}
AUTHOR = f"scholarfeed:{ADA}"


def at(bench: Bench, minutes: float) -> RunReport:
    """Refresh the first author some minutes after noon."""
    moment = NOON + timedelta(minutes=minutes)
    return refresh(bench.project, [AUTHOR], clock=lambda: moment)


def reasons(report: RunReport) -> list[str | None]:
    """Return why pages were not accepted; each must be held back."""
    assert all(failure.outcome is Outcome.QUARANTINED for failure in report.failures)
    return [failure.reason for failure in report.failures]


def moments(bench: Bench, query: str) -> list[float]:
    """Return the moments of a query's rows, in minutes after noon."""
    since = NOON.replace(tzinfo=None)
    return [(next(iter(row.values())) - since) / timedelta(minutes=1) for row in bench.rows(query)]


def assert_sound(bench: Bench) -> None:
    """The warehouse is what the archive says, and sound in itself."""
    for check in (["replay", "--check"], ["status", "--check"], ["archive", "verify"]):
        assert bench(*check).code == 0, check


@pytest.fixture
def known(bench: Bench, site: DemoSite) -> Bench:
    """Return a project that has seen the first author at noon."""
    site.configure(today=NOON.date())
    assert at(bench, 0).accepted_count == 1
    return bench


def halved() -> Profile:
    """Return the first author with the first half of the papers, and numbers to match."""
    profile = facts.first_profile(ADA)
    papers = profile.papers[: len(profile.papers) // 2]
    metrics = replace(profile.metrics, paper_count=len(papers))
    return replace(profile, papers=papers, heading_count=len(papers), metrics=metrics)


def test_zeros_for_once_are_never_in_history(known: Bench, site: DemoSite) -> None:
    """The page is held and says why; the next good one is accepted, and the glitch stays in quarantine."""
    site.configure(metrics=ZEROS)
    (why,) = reasons(at(known, 90))
    assert why is not None
    assert why.startswith("h_index fell from 27 to 0, citation_count fell from 6,209 to 0; held until a second page")
    site.configure(metrics={})
    assert reasons(at(known, 180)) == []
    assert known.value("select min(value) from author_metrics where metric in ('h_index', 'citation_count')") == 27
    (held,) = strict_json(known("quarantine", "list", "--all", "--format", "json").out)
    assert held["reasons"] == f"collapse: {why}"
    assert held["resolved_at"] is not None
    assert_sound(known)


def test_zeros_that_last_are_true_from_the_first_one_on(known: Bench, site: DemoSite) -> None:
    """Half an hour says nothing; an hour does, and the change has the date of the first page that showed it."""
    site.configure(metrics=ZEROS)
    for minutes in (60, 90):
        assert len(reasons(at(known, minutes))) == 1
    assert known.rows("select * from author_metrics where value = 0 and metric <> 'ai_score'") == []
    assert reasons(at(known, 120)) == []
    assert known.rows("from quarantine") == []
    query = f"select changed_at from metric_diff('{NOON:%F}', '{NOON:%F} 23:00') where metric = 'citation_count'"  # noqa: S608
    assert moments(known, query) == [60]
    assert moments(known, "select last_seen_at from authors") == [120]
    assert known.rows("select distinct outcome from captures") == [{"outcome": "accepted"}]
    assert_sound(known)
    site.configure(metrics={})
    assert reasons(at(known, 150)) == []
    assert_sound(known)


def test_half_of_a_listing_is_held_likewise(known: Bench, site: DemoSite) -> None:
    """Papers stay listed until their absence has lasted, and are then gone from the first page's moment on."""
    site.configure(profiles={ADA: halved()})
    (why,) = reasons(at(known, 60))
    assert why is not None
    assert why.startswith("15 of 29 papers are gone; held until")
    assert known.value("select count(*) from papers") == 29
    assert reasons(at(known, 150)) == []
    assert known.value("select count(*) from papers") == 14
    assert set(moments(known, "select valid_to from paper_history where not is_current")) == {60}
    assert_sound(known)


def test_an_incomplete_listing_is_no_collapse(known: Bench, site: DemoSite) -> None:
    """Under a heading that announces them all, fewer blocks are a part of the listing: accepted, and none is gone."""
    site.configure(faults={ADA: "shrunk:3"})
    assert reasons(at(known, 60)) == []
    assert known.value("select count(*) from papers") == 29
    assert_sound(known)


def test_a_new_author_may_begin_with_zeros(bench: Bench, site: DemoSite) -> None:
    """Without a past nothing has fallen."""
    site.configure(today=NOON.date(), metrics=ZEROS)
    assert reasons(at(bench, 0)) == []
    assert bench.value("select citation_count from authors") == 0


def test_what_is_held_is_shown_and_stays_held(known: Bench, site: DemoSite) -> None:
    """'show' tells the reason, the page around it and what was known; 'retry' reads it to no other effect."""
    site.configure(metrics=ZEROS)
    assert len(reasons(at(known, 60))) == 1
    (held,) = strict_json(known("quarantine", "list", "--format", "json").out)
    shown = strict_json(known("quarantine", "show", held["capture_id"], "--format", "json").out)
    assert shown["outcome"] == "quarantined"
    (problem,) = shown["problems"]
    assert problem["rule"] == "collapse"
    assert problem["reason"].endswith("a fall must last.")
    assert shown["last_good"]["citation_count"] == 6209
    before = known.tables((*HISTORY, "captures", "quarantine"))
    done = known("quarantine", "retry")
    assert done.code == 3
    assert done.err.splitlines()[-1] == "0 accepted, 1 still held"
    assert known.tables((*HISTORY, "captures", "quarantine")) == before
    assert_sound(known)


def test_a_held_page_is_asked_for_again_in_full(known: Bench, site: DemoSite) -> None:
    """The condition sent is that of the accepted page, which the collapsed one does not meet."""
    site.configure(metrics=ZEROS)
    at(known, 60)
    site.forget_requests()
    at(known, 150)
    (asked,) = (request for request in site.requests() if request["path"] == f"/author/{ADA}")
    assert (asked["status"], asked["if_none_match"] is not None) == (200, True)
    at(known, 180)
    assert site.requests()[-1]["status"] == 304
    assert moments(known, "select last_seen_at from authors") == [180]


def test_a_killed_run_leaves_the_judgement_to_the_next(known: Bench, site: DemoSite) -> None:
    """What was archived and not loaded is judged against the past when it is taken in."""
    site.configure(metrics=ZEROS)
    at(known, 60)
    files = (known.published, known.published.with_name(f".{known.published.name}.writer"))
    before = [file.read_bytes() for file in files]
    at(known, 150)
    wanted = known.tables((*HISTORY, "captures", "quarantine"))
    for file, content in zip(files, before, strict=True):  # as if that run had been killed before it loaded
        file.write_bytes(content)
    assert refresh(known.project, [f"scholarfeed:{BEN}"], clock=lambda: NOON + timedelta(minutes=160)).failures == []
    own = {view: [row for row in rows if AUTHOR in row] for view, rows in known.tables(tuple(wanted)).items()}
    assert own == wanted
    assert_sound(known)
