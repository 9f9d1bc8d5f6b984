"""Pages held back: what a person is told of them, and how they are read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from testbed import ADA, HISTORY, Bench, strict_json

from scholar_etl.demo.site import DemoSite
from scholar_etl.sources import SOURCES


@pytest.fixture
def held(refreshed: Bench, site: DemoSite) -> Bench:
    """Return a project with a good refresh behind it, and one in which a page contradicted itself."""
    site.configure(metrics={ADA: {"paper_count": 12}})
    assert refreshed("refresh").code == 3
    return refreshed


@pytest.fixture
def newer(held: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the page is held, let today's extractor be a newer one, which reads the count from the heading."""
    site = SOURCES["scholarfeed"]

    def read(body: bytes, url: str | None, fetched_at: datetime) -> Any:
        outcome, profile, problems = site.read(body, url, fetched_at)
        if profile is not None:
            profile = replace(profile, metrics=replace(profile.metrics, paper_count=profile.heading_count))
        return outcome, profile, problems

    monkeypatch.setitem(SOURCES, "scholarfeed", replace(site, read=read, extractor_version=site.extractor_version + 1))


def the_capture(bench: Bench) -> str:
    """Return the id of the page that is held."""
    capture_id: str = bench.value("select capture_id from quarantine")
    return capture_id


def test_what_is_held_is_listed(held: Bench, site: DemoSite) -> None:
    """Each page with its author and reasons, until a later page resolves it; '--all' shows it still."""
    (row,) = strict_json(held("quarantine", "list", "--format", "json").out)
    assert (row["capture_id"], row["author_id"], row["name"]) == (
        the_capture(held),
        f"scholarfeed:{ADA}",
        "Yichong Leng",
    )
    assert row["reasons"].startswith("counts_disagree: the metrics say 12 papers, the heading says 29")
    assert row["resolved_at"] is None
    assert "counts_disagree" in held("quarantine", "list").out

    site.configure(metrics={})
    assert held("refresh").code == 0
    none = held("quarantine", "list")
    assert (none.out, none.error) == ("", "no page is held back")
    assert strict_json(held("quarantine", "list", "--format", "json").out) == []
    (resolved,) = strict_json(held("quarantine", "list", "--all", "--format", "json").out)
    assert resolved["resolved_at"] is not None


def test_a_held_page_says_why_and_where(held: Bench) -> None:
    """The rule and its reason, the markup around what it names, and the values that stood before."""
    capture_id = the_capture(held)
    shown = held("quarantine", "show", capture_id[:10])
    assert shown.code == 0
    document = strict_json(held("quarantine", "show", capture_id, "--format", "json").out)
    assert (document["capture_id"], document["outcome"]) == (capture_id, "quarantined")
    (problem,) = document["problems"]
    assert problem["rule"] == "counts_disagree"
    assert problem["reason"] == "The page says the number of papers twice; one of the two was misread."
    assert any("12" in excerpt["markup"] for excerpt in problem["excerpts"])
    assert document["last_good"]["paper_count"] == 29
    for text in ("counts_disagree", problem["reason"], capture_id, "Last good values", "h_index"):
        assert text in shown.out


def test_the_markup_of_a_held_page_is_harmless(held: Bench, site: DemoSite) -> None:
    """What the page says goes to the terminal without its controls."""
    site.configure(metrics={ADA: {"paper_count": 13}})
    assert held("refresh").code == 3
    for row in held.rows("from quarantine"):
        out = held("quarantine", "show", row["capture_id"]).out
        assert all(c.isprintable() or c == "\n" for c in out)


def test_the_same_extractor_holds_it_still(held: Bench) -> None:
    """Read again by the same extractor it is refused again, with its reason; nothing changes."""
    before = held.tables((*HISTORY, "quarantine", "captures", "runs"))
    done = held("quarantine", "retry")
    assert done.code == 3
    assert done.err.splitlines()[0].startswith(f"still held: scholarfeed:{ADA} of ")
    assert done.err.splitlines()[-1] == "0 accepted, 1 still held"
    assert held.tables((*HISTORY, "quarantine", "captures", "runs")) == before


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("named", [True, False])
def test_a_newer_extractor_reads_it(held: Bench, named: bool) -> None:
    """What is accepted now is in history at the moment of its capture, and is held no more."""
    capture_id = the_capture(held)
    fetched_at = held.value("select fetched_at from quarantine")
    done = held("quarantine", "retry", *([capture_id[:10]] if named else []))
    assert (done.code, done.error) == (0, "1 accepted, 0 still held")
    assert held.rows("from quarantine") == []
    assert held.value(f"select last_seen_at from authors where author_id = 'scholarfeed:{ADA}'") == fetched_at  # noqa: S608
    assert held("status", "--check").code == 0
    # The other pages were read by the older one: a replay would differ in that alone.
    differing = strict_json(held("replay", "--check", "--format", "json").out)
    assert {row["column"] for row in differing} == {"extractor_version"}


def test_a_page_that_is_not_there(held: Bench) -> None:
    """An id that no capture has is refused in one line, by 'show' and by 'retry'."""
    for command in ("show", "retry"):
        done = held("quarantine", command, "zz")
        assert (done.code, "no such capture" in done.error) == (2, True)


def test_a_lost_page_is_a_problem_of_its_own(held: Bench) -> None:
    """With the archive gone, 'retry' says which page it cannot read, and goes on."""
    for file in held.project.archive.rglob("*.warc.gz"):
        file.unlink()
    done = held("quarantine", "retry")
    assert done.code == 3
    assert done.err.splitlines()[0].startswith(f"capture {the_capture(held)}: cannot read ")
