"""What is read in part, contradicts itself or must not be asked for: history takes in what can be read exactly."""

from __future__ import annotations

from testbed import ADA, BEN, HISTORY, Bench, strict_json

from scholar_etl.demo.site import DemoSite


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
