"""Whatever a page may be, history takes in what can be read exactly, and everything else is named."""

from __future__ import annotations

import pytest
from testbed import ADA, BEN, HISTORY, Bench, strict_json

from scholar_etl.demo.site import DemoSite

HISTORY_OF_ADA = ("author_metrics", "papers", "paper_history")


@pytest.mark.parametrize(
    ("fault", "outcome", "status", "reason"),
    [
        ("blocked", "blocked", 403, "the site answered 403"),
        ("captcha", "blocked", 200, ""),
        ("login", "login_required", 200, ""),
        ("maintenance", "unavailable", 503, "the site answered 503"),
        ("rate_limited", "blocked", 429, "the site answered 429"),
        ("server_error", "unavailable", 500, "the site answered 500"),
        ("not_found", "not_found", 404, "the site answered 404"),
        ("empty_shell", "empty_shell", 200, ""),
        ("empty_body", "empty_shell", 200, ""),
        ("no_profile", "not_a_profile", 200, ""),
        ("truncated", "unavailable", 200, "cut the body short"),
        ("redirect_loop", "unavailable", 302, "redirects more than 5 times"),
        ("redirect_private", "unavailable", 302, "refused: 169.254.169.254 is "),
        ("reset", "unavailable", None, "connection reset"),
        ("gzip_bomb", "unavailable", 200, "MB"),
    ],
)
def test_a_page_that_cannot_be_read_leaves_history_as_it_was(
    refreshed: Bench,
    site: DemoSite,
    fault: str,
    outcome: str,
    status: int | None,
    reason: str,
) -> None:
    """The author is named with the reason, exit 3; the response is a capture; the author's history does not move."""
    mine = {view: rows_of(refreshed, view) for view in HISTORY_OF_ADA}
    site.configure(day=1, faults={ADA: fault})
    done = refreshed("refresh")
    assert (done.code, done.out) == (3, "")
    named, summary = done.err.splitlines()
    assert named.startswith(f"Yichong Leng (scholarfeed:{ADA}): {outcome.replace('_', ' ')} - ")
    assert reason in named
    assert summary == "2 of 3 authors refreshed, 1 not"
    (capture,) = refreshed.rows(f"from captures where author_id = 'scholarfeed:{ADA}' order by fetched_at desc limit 1")
    assert (capture["outcome"], capture["http_status"]) == (outcome, status)
    assert capture["warc_file"] is not None
    assert {view: rows_of(refreshed, view) for view in HISTORY_OF_ADA} == mine
    assert refreshed.rows("select status, accepted_count from runs order by started_at desc limit 1") == [
        {"status": "partial", "accepted_count": 2}
    ]


def rows_of(bench: Bench, view: str) -> list[str]:
    """Return the first author's rows of a view as text."""
    return [row for row in bench.tables((view,))[view] if f"'scholarfeed:{ADA}'" in row]


def test_a_part_of_a_listing_removes_nothing(refreshed: Bench, site: DemoSite) -> None:
    """Half of the blocks under a heading that announces all: what is listed is confirmed, no paper is gone."""
    since = refreshed.value("select max(finished_at) from runs").isoformat()
    before = refreshed.value("select count(*) from papers")
    site.configure(faults={ADA: "shrunk"})
    assert refreshed("refresh").code in (0, 3)
    assert refreshed.value("select count(*) from papers") == before
    assert strict_json(refreshed("diff", "--from", since, "--format", "json").out)["papers"] == []


def test_a_page_that_contradicts_itself_is_held(refreshed: Bench, site: DemoSite) -> None:
    """It is in quarantine with its reasons, named in status, and resolved by the next page that can be accepted."""
    before = refreshed.tables(HISTORY)
    site.configure(metrics={ADA: {"paper_count": 12}})
    done = refreshed("refresh", "Yichong Leng")
    assert done.code == 3
    assert done.err.startswith(f"Yichong Leng (scholarfeed:{ADA}): quarantined - the metrics say 12 papers")
    (held,) = refreshed.rows("select author_id, reasons, resolved_at from quarantine")
    assert held["author_id"] == f"scholarfeed:{ADA}"
    assert "counts_disagree" in held["reasons"]
    assert held["resolved_at"] is None
    assert refreshed.tables(HISTORY) == before
    assert "Held back" in refreshed("status").out
    site.configure(metrics={})
    assert refreshed("refresh", "Yichong Leng").code == 0
    assert refreshed.value("select resolved_at is not null from quarantine") is True
    assert "Held back" not in refreshed("status").out


def test_what_may_pass_is_tried_again(bench: Bench, site: DemoSite) -> None:
    """An error that is gone at the second try costs nothing."""
    site.configure(faults={ADA: "flaky"})
    assert bench("refresh").code == 0
    assert [r["status"] for r in site.requests() if r["path"] == f"/author/{ADA}"] == [500, 200]


def test_robots_txt_is_obeyed(bench: Bench, site: DemoSite) -> None:
    """What it disallows is not asked for, and is named; the setting that says otherwise is heard."""
    site.configure(robots=f"User-agent: *\nDisallow: /author/{BEN}\n")
    done = bench("refresh")
    assert done.code == 3
    assert f"robots.txt of 127.0.0.1 disallows /author/{BEN}" in done.err
    assert f"/author/{BEN}" not in {r["path"] for r in site.requests()}
    bench.set("[fetch]", "[fetch]\nrespect_robots = false")
    site.forget_requests()
    assert bench("refresh").code == 0
    assert "/robots.txt" not in {r["path"] for r in site.requests()}


def test_private_hosts_are_refused_by_default(bench: Bench, site: DemoSite) -> None:
    """Without the setting, loopback is no site: nothing reaches it."""
    bench.set("allow_private_hosts = true", "allow_private_hosts = false")
    done = bench("refresh")
    assert done.code == 3
    assert "refused: 127.0.0.1 is a private address" in done.err
    assert site.requests() == []
