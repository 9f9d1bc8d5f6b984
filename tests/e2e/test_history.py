"""From pages to history and a diff, by the command line."""

from __future__ import annotations

from dataclasses import replace

from testbed import ADA, BEN, CAI, HISTORY, Bench, strict_json

from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite
from scholar_etl.model import Paper

CONFIRMED = ("last_confirmed_at", "last_seen_at")


def test_a_second_refresh_of_the_same_pages_only_confirms(refreshed: Bench) -> None:
    """Nothing of what is public changes but when it was last seen."""
    before, moments = refreshed.tables(HISTORY, without=CONFIRMED), refreshed.tables(HISTORY)
    assert refreshed("refresh").code == 0
    assert refreshed.tables(HISTORY, without=CONFIRMED) == before
    assert all(refreshed.tables(HISTORY)[view] != moments[view] for view in ("authors", "author_metrics", "papers"))


def test_whole_pages_that_say_the_same_only_confirm(refreshed: Bench, site: DemoSite) -> None:
    """The same holds when the pages come whole, in another markup."""
    before = refreshed.tables(HISTORY, without=CONFIRMED)
    site.configure(markup="table")
    assert refreshed("refresh", "--force").code == 0
    assert refreshed.tables(HISTORY, without=CONFIRMED) == before


def test_a_third_refresh_keeps_both_values(refreshed: Bench, site: DemoSite) -> None:
    """A risen h-index closes one row and opens one; a new paper opens one; the diff names both, and nothing else."""
    refreshed("refresh")
    before = refreshed.rows("from papers where author_id = 'scholarfeed:1001'")
    since = refreshed.value("select max(finished_at) from runs").isoformat()
    profile = facts.first_profile(ADA)
    paper = Paper(1, "A Paper That Was Not There Before", category="CL", published_on=profile.papers[0].published_on)
    papers = (paper, *(replace(old, position=old.position + 1) for old in profile.papers))
    metrics = replace(profile.metrics, h_index=28, paper_count=len(papers))
    site.configure(profiles={ADA: replace(profile, metrics=metrics, papers=papers, heading_count=len(papers))})
    assert refreshed("refresh").code == 0

    moment = refreshed.value("select max(fetched_at) from captures where author_id = 'scholarfeed:1001'")
    spans = refreshed.rows(
        "from author_metrics where metric = 'h_index' and author_id = 'scholarfeed:1001' order by all"
    )
    assert sorted((row["value"], row["valid_to"]) for row in spans) == [(27, moment), (28, None)]
    assert [row["valid_from"] for row in spans if row["is_current"]] == [moment]
    listed = refreshed.rows("from papers where author_id = 'scholarfeed:1001'")
    (new,) = (row for row in listed if row["paper_id"] not in {old["paper_id"] for old in before})
    assert len(listed) == len(before) + 1
    assert (new["title"], new["position"], new["first_seen_at"]) == (paper.title, 1, moment)
    (span,) = refreshed.rows(f"select valid_from, valid_to from paper_history where paper_id = '{new['paper_id']}'")  # noqa: S608
    assert span == {"valid_from": moment, "valid_to": None}
    assert refreshed.value("select count(*) from paper_history where valid_to is not null") == 0

    document = strict_json(refreshed("diff", "--from", since, "--format", "json").out)
    assert [(m["metric"], m["old_value"], m["new_value"], m["delta"]) for m in document["metrics"]] == [
        ("h_index", 27, 28, 1),
        ("paper_count", 29, 30, 1),
    ]
    assert [(p["change"], p["paper_id"], p["title"]) for p in document["papers"]] == [
        ("added", new["paper_id"], paper.title)
    ]
    assert {row["author_id"] for row in document["metrics"] + document["papers"]} == {f"scholarfeed:{ADA}"}
    assert {row["cause"] for row in document["metrics"] + document["papers"]} == {"source"}
    table = refreshed("diff", "--from", since).out
    assert "h-index           27 -> 28" in table
    assert f"+ {paper.title}" in table


def test_days_of_the_story_pass_the_checks(bench: Bench, site: DemoSite) -> None:
    """After days of risen and fallen figures, papers gone and back, the warehouse's own checks find nothing."""
    for day in range(5):
        site.configure(day=day)
        assert bench("refresh").code == 0
    done = bench("status", "--check")
    assert (done.code, done.err) == (0, "")
    assert "all checks of the warehouse passed" in done.out
    changed = {row["author_id"] for row in bench.rows("from author_metrics where not is_current")}
    assert changed == {f"scholarfeed:{ADA}", f"scholarfeed:{CAI}"}
    assert f"scholarfeed:{BEN}" in {row["author_id"] for row in bench.rows("from authors")}
