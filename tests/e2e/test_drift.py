"""What a refresh says when the site's pages change under it, on a real server."""

from __future__ import annotations

import re

import pytest
from testbed import ADA, BEN, CAI, Bench, Done, strict_json

from scholar_etl.demo.site import DemoSite

KEYS = tuple(range(ADA, ADA + 8))
SAID = ("drift:", "held back on", "was:", "now:", "next:")


@pytest.fixture
def followed(site: DemoSite, bench: Bench) -> Bench:
    """Return a project that has followed eight authors for two runs."""
    bench.watch(*KEYS)
    for day in range(2):
        site.configure(day=day, faults=dict.fromkeys(KEYS))
        assert bench("refresh").code == 0
    return bench


def report(done: Done) -> list[str]:
    """Return the lines of the drift report."""
    return [line for line in done.err.splitlines() if line.startswith(SAID)]


def lost(bench: Bench) -> list[dict[str, object]]:
    """Return the rows of the newest run whose field is lost."""
    return bench.rows(
        "select field, page_count, found_count, lost_count, lost_since from field_yield "
        "where lost_since is not null and run_id = "
        "(select arg_max(run_id, started_at) from runs where kind = 'refresh')"
    )


def newest_run(bench: Bench) -> object:
    """Return when the newest run began."""
    return bench.value("select max(started_at) from runs where kind = 'refresh'")


def test_a_renamed_label_is_named_with_the_old_and_the_new_markup(followed: Bench, site: DemoSite) -> None:
    """The pages are held back; the field is named, since when, on how many pages, and both markups are shown."""
    site.configure(faults={"*": "reworded:AI Score=AI rating"})
    done = followed("refresh")
    assert done.code == 3
    drift, held, was, now, following = report(done)
    assert drift.startswith("drift: scholarfeed: ai_score is missing on 8 of 8 pages that should show it, since ")
    assert drift.endswith("; before, it was found on 100% of pages in the last 2 runs")
    assert held.startswith("held back on 8 pages by unread_number: ")
    assert re.search(r"AI Score</span><span[^>]*>55</span>", was)
    assert "AI rating</span>" in now
    capture_id = following.rpartition(" ")[2]
    assert following == f"next: scholar-etl quarantine show {capture_id}"
    assert followed("quarantine", "show", capture_id).code == 0


def test_a_field_that_vanishes_silently_is_lost_since_its_first_run(followed: Bench, site: DemoSite) -> None:
    """The pages are accepted; each run in a row ends with exit 3 and the same moment, until the field is back."""
    site.configure(metrics={key: {"novelty_pct": None} for key in KEYS})
    done = followed("refresh")
    since = newest_run(followed)
    assert done.err.splitlines()[0] == "8 of 8 authors refreshed"
    for run in range(4):
        if run == 2:
            assert followed("refresh", str(ADA)).code == 0  # one page tells nothing, neither that it is back
        if run:
            done = followed("refresh")
        assert done.code == 3
        drift, was, now, following = report(done)
        assert (
            f"novelty_pct is missing on 8 of 8 pages that should show it, since {since:%Y-%m-%d %H:%M:%S} UTC" in drift
        )
        assert drift.endswith("100% of pages in the last 2 runs")
        assert "Novelty</span>" in was
        assert "citations</span>" in now
        assert following.startswith("next: scholar-etl archive promote ")
        expected = {"field": "novelty_pct", "page_count": 8, "found_count": 0, "lost_count": 8, "lost_since": since}
        assert lost(followed) == [expected]
    (row,) = strict_json(followed("status", "--format", "json").out)["lost"]
    assert (row["field"], row["lost_count"], row["expected_count"]) == ("novelty_pct", 8, 8)
    assert "lost       novelty_pct on 8 of 8 pages" in followed("status").out

    yields = followed.tables(("field_yield",))
    assert followed("replay").code == 0
    assert followed.tables(("field_yield",)) == yields

    site.configure(metrics={})
    done = followed("refresh")
    assert (done.code, report(done), lost(followed)) == (0, [], [])
    assert strict_json(followed("status", "--format", "json").out)["lost"] == []


def test_a_field_that_stays_away_becomes_the_usual(followed: Bench, site: DemoSite) -> None:
    """After ten runs without it no run speaks of it any more."""
    site.configure(metrics={key: {"ai_score": None} for key in KEYS})
    codes = [followed("refresh").code for _ in range(12)]
    assert codes == [3] * 10 + [0] * 2


def test_another_markup_that_reads_well_is_a_warning_once(followed: Bench, site: DemoSite) -> None:
    """The first run says which parts stand elsewhere and shows both markups; nothing is lost; the next is silent."""
    site.configure(markup="list")
    done = followed("refresh")
    assert (done.code, lost(followed)) == (0, [])
    said = report(done)
    moved = [line for line in said if line.startswith("drift:")]
    assert moved[0] == (
        "drift: scholarfeed: new markup on 8 of 8 pages, which still reads well: "
        "name is at body/main/header/h1, was at body/main/div/h1"
    )
    assert [line.split(": ")[3].split()[0] for line in moved] == ["name", "metrics", "date"]
    assert sum(line.startswith("was: ") for line in said) == sum(line.startswith("now: ") for line in said) == 3
    assert "<h1>Yichong Leng</h1>" in said[2]
    assert report(followed("refresh")) == []


def test_a_listing_that_is_no_longer_whole_is_lost(followed: Bench, site: DemoSite) -> None:
    """Pages that announce more papers than they show are accepted one by one; all of them are news."""
    site.configure(faults={"*": "shrunk:5"})
    done = followed("refresh")
    assert done.code == 3
    assert "listing_complete" in {row["field"] for row in lost(followed)}
    assert any("listing_complete is missing on 8 of 8 pages" in line for line in report(done))


def test_pages_that_are_no_profile_any_more_are_lost_as_a_whole(followed: Bench, site: DemoSite) -> None:
    """Where no field can be named, the pages are counted by the rule that held them back."""
    site.configure(faults={"*": "no_profile"})
    done = followed("refresh")
    assert done.code == 3
    drift, held, *_ = report(done)
    assert drift.startswith("drift: scholarfeed: 8 of 8 pages cannot be read, since ")
    assert held.startswith("held back on 8 pages by not_a_profile: ")
    assert [row["field"] for row in lost(followed)] == ["page"]


@pytest.mark.parametrize("fault", ["blocked", "not_found", "server_error", "maintenance", "captcha"])
def test_refused_pages_are_no_drift(followed: Bench, site: DemoSite, fault: str) -> None:
    """A site that answers with no page says nothing of its pages."""
    site.configure(faults={"*": fault})
    done = followed("refresh")
    assert (done.code, report(done)) == (3, [])
    assert followed.rows("from field_yield where run_id = (select arg_max(run_id, started_at) from runs)") == []


def test_some_authors_without_a_field_are_no_drift(followed: Bench, site: DemoSite) -> None:
    """One or two of eight who lose it, in a run of all and in a run of theirs by hand."""
    site.configure(metrics={ADA: {"ai_score": None}, BEN: {"ai_score": None}})
    done = followed("refresh")
    assert (done.code, report(done)) == (0, [])
    done = followed("refresh", str(ADA))
    assert (done.code, report(done)) == (0, [])
    rows = followed.rows("select found_count, lost_count from field_yield where field = 'ai_score' order by started_at")
    assert rows[2:] == [{"found_count": 6, "lost_count": 2}, {"found_count": 0, "lost_count": 1}]


def test_ten_days_of_the_story_are_no_drift(site: DemoSite, bench: Bench) -> None:
    """Papers come and go, authors join, figures change: no run speaks of drift, nor does one by hand."""
    for day in range(10):
        bench.watch(*KEYS[: 3 + day // 2])
        site.configure(day=day, faults=dict.fromkeys(KEYS))
        assert report(bench("refresh")) == [], day
    assert report(bench("refresh", str(CAI))) == []


def test_a_small_watchlist_is_told_too(bench: Bench, site: DemoSite) -> None:
    """Where one author is followed, one page is all the evidence there can be."""
    bench.watch(ADA)
    assert bench("refresh").code == 0
    site.configure(metrics={ADA: {"ai_score": None}})
    done = bench("refresh")
    assert done.code == 3
    assert "ai_score is missing on 1 of 1 page that should show it" in report(done)[0]


def test_the_markup_shown_is_harmless(followed: Bench, site: DemoSite) -> None:
    """What the page says goes to the terminal without its controls, each piece on one line."""
    site.configure(faults={"*": "reworded:AI Score=\x1b[31mAI\u202erating\n"})
    done = followed("refresh")
    assert len(report(done)) == 5
    assert all(c.isprintable() or c == "\n" for c in done.err)


def test_a_lost_archive_costs_the_excerpts_alone(followed: Bench, site: DemoSite) -> None:
    """Where the page from before is gone, the field is named without it."""
    for file in followed.project.archive.rglob("*.warc.gz"):
        file.unlink()
    site.configure(metrics={key: {"ai_score": None} for key in KEYS})
    done = followed("refresh")
    assert done.code == 3
    assert [line.partition(":")[0] for line in report(done)] == ["drift", "next"]
