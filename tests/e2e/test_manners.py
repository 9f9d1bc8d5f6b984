"""Manners: stop on a block, ask conditionally, ask first who was asked longest ago."""

from __future__ import annotations

from typing import Any

import pytest
from testbed import ADA, BEN, CAI, DEE, Bench

from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite

SIX = tuple(range(facts.FIRST_KEY, facts.FIRST_KEY + 6))


def visits(site: DemoSite) -> list[dict[str, Any]]:
    """Return the requests for authors' pages."""
    return [request for request in site.requests() if request["path"].startswith("/author/")]


@pytest.mark.parametrize("fault", ["blocked", "captcha"])
def test_three_blocked_pages_in_a_row_end_the_visit(bench: Bench, site: DemoSite, fault: str) -> None:
    """No further request reaches the site; those who were not tried are deferred, which is said once."""
    bench.watch(*SIX)
    site.configure(faults={"*": fault, ADA: None})
    done = bench("refresh")
    assert done.code == 3
    assert [r["path"] for r in visits(site)] == [f"/author/{key}" for key in SIX[:4]]
    lines = done.err.splitlines()
    assert [line.partition("): ")[2].partition(" - ")[0] for line in lines[:3]] == ["blocked"] * 3
    assert lines[3:] == [
        "scholarfeed refused 3 pages in a row: 2 authors deferred",
        "1 of 6 authors refreshed, 3 not, 2 deferred",
    ]
    assert bench.value("select count(*) from captures") == 4


def test_blocked_pages_among_others_do_not_end_it(bench: Bench, site: DemoSite) -> None:
    """Only an unbroken row of them is a closed door."""
    bench.watch(*SIX)
    site.configure(faults={ADA: "blocked", BEN: "blocked", DEE: "blocked", DEE + 1: "blocked"})
    assert bench("refresh").code == 3
    assert len(visits(site)) == 6


def test_known_pages_are_asked_for_conditionally(refreshed: Bench, site: DemoSite) -> None:
    """The second time every request carries the ETag of the page before and gets 304; --force asks for whole pages."""
    first = visits(site)
    assert [(r["if_none_match"], r["status"]) for r in first] == [(None, 200)] * 3
    site.forget_requests()
    assert refreshed("refresh").code == 0
    again = visits(site)
    assert all(r["if_none_match"] for r in again)
    assert [r["status"] for r in again] == [304] * 3
    site.forget_requests()
    assert refreshed("refresh", "--force").code == 0
    assert [(r["if_none_match"], r["status"]) for r in visits(site)] == [(None, 200)] * 3
    assert refreshed.value("select count(*) from captures where outcome = 'accepted'") == 9


def test_only_an_accepted_page_makes_a_condition(refreshed: Bench, site: DemoSite) -> None:
    """After a page was held or refused, the ETag asked with is still that of the accepted one: a 304 means that one."""
    site.forget_requests()
    refreshed("refresh", "1001")
    (accepted,) = (r["if_none_match"] for r in visits(site))
    for settings in ({"metrics": {ADA: {"paper_count": 12}}}, {"faults": {ADA: "no_profile"}, "metrics": {}}):
        site.configure(**settings)
        site.forget_requests()
        assert refreshed("refresh", "1001").code == 3
        assert refreshed("refresh", "1001").code == 3
        assert [(r["if_none_match"], r["status"]) for r in visits(site)] == [(accepted, 200)] * 2
    site.configure(faults={}, metrics={})
    site.forget_requests()
    assert refreshed("refresh", "1001").code == 0
    assert [(r["if_none_match"], r["status"]) for r in visits(site)] == [(accepted, 304)]


def test_an_author_never_accepted_is_asked_without_conditions(bench: Bench, site: DemoSite) -> None:
    """The ETag of a held page is no condition."""
    site.configure(metrics={ADA: {"paper_count": 12}})
    assert bench("refresh", "1001").code == 3
    assert bench("refresh", "1001").code == 3
    assert [r["if_none_match"] for r in visits(site)] == [None, None]


def test_another_address_drops_the_conditions(refreshed: Bench, site: DemoSite) -> None:
    """An ETag holds for one address only."""
    refreshed.set("http://127.0.0.1", "http://localhost")
    site.forget_requests()
    assert refreshed("refresh").code == 0
    assert [(r["if_none_match"], r["status"]) for r in visits(site)] == [(None, 200)] * 3


def test_who_was_asked_longest_ago_comes_first(refreshed: Bench, site: DemoSite) -> None:
    """Who was never asked for comes before all, then by the last asking; the rest of the list's order stays."""
    refreshed("refresh", str(ADA))
    refreshed.watch(ADA, BEN, CAI, DEE)
    site.forget_requests()
    assert refreshed("refresh").code == 0
    assert [r["path"] for r in visits(site)] == [f"/author/{key}" for key in (DEE, BEN, CAI, ADA)]


@pytest.mark.parametrize("name", ["scholarfeed:1002", "1002", facts.name_of(BEN), facts.name_of(BEN).upper()])
def test_one_author_is_named_in_many_ways(refreshed: Bench, site: DemoSite, name: str) -> None:
    """By author_id, bare id or label; named twice, it is asked for once."""
    site.forget_requests()
    assert refreshed("refresh", name, "1002").code == 0
    assert [r["path"] for r in visits(site)] == [f"/author/{BEN}"]


def test_due_does_nothing_when_nothing_is(refreshed: Bench, site: DemoSite) -> None:
    """It says so, makes no request and exits 0; somebody new is due at once."""
    site.forget_requests()
    done = refreshed("refresh", "--due")
    assert (done.code, done.out) == (0, "")
    assert done.error.startswith("nobody to refresh")
    assert site.requests() == []
    refreshed.watch(ADA, DEE)
    assert refreshed("refresh", "--due").code == 0
    assert [r["path"] for r in visits(site)] == [f"/author/{DEE}"]


def test_nobody_on_the_list_is_no_failure(bench: Bench, site: DemoSite) -> None:
    """An empty watchlist is refreshed without a request."""
    bench.watch()
    done = bench("refresh")
    assert (done.code, site.requests()) == (0, [])
    assert "'scholar-etl watch add" in done.error


def test_we_say_who_we_are(bench: Bench, site: DemoSite) -> None:
    """Every request names us and whom to write to; robots.txt is read before the first page, once."""
    assert bench("refresh").code == 0
    requests = site.requests()
    assert [r["path"] for r in requests].index("/robots.txt") == 0
    assert [r["path"] for r in requests].count("/robots.txt") == 1
    assert all("(+tests@example.org)" in r["user_agent"] for r in requests)
