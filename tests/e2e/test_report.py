"""`scholar-etl report` on the bundled site: what the pages say is what the warehouse says."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from selectolax.lexbor import LexborHTMLParser
from testbed import ADA, BEN, CAI, Bench

from scholar_etl.demo.run import run_demo
from scholar_etl.demo.site import DemoSite
from scholar_etl.fields import METRIC_WORDS
from scholar_etl.pipeline import refresh
from scholar_etl.report import build_report
from scholar_etl.report.history import read_histories
from scholar_etl.settings import Project
from scholar_etl.store import connect, paper_diff, report_authors

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAYS = 8
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Project, Path, list[dict[str, bytes]], list[dict[str, bytes]]]:
    """Return a project of eight days, the report that was brought up to date on each, and on each what it was.

    The last list has, for each day, the files of a report that was made anew.
    """
    folder = tmp_path_factory.mktemp("told")
    kept: list[dict[str, bytes]] = []
    anew: list[dict[str, bytes]] = []
    for day in run_demo(folder / "project", authors=25, days=DAYS, now=NOW):
        project = Project.open(folder / "project")
        build_report(project.warehouse, folder / "site")
        build_report(project.warehouse, folder / f"site-{day.day}")
        kept.append(_files(folder / "site"))
        anew.append(_files(folder / f"site-{day.day}"))
    return Project.open(folder / "project"), folder / "site", kept, anew


def _files(site: Path) -> dict[str, bytes]:
    return {str(file.relative_to(site)): file.read_bytes() for file in site.rglob("*") if file.is_file()}


def _tables(page: bytes, selector: str) -> list[list[list[str]]]:
    """Return the cells of the tables' bodies."""
    return [
        [[cell.text().strip() for cell in row.css("td, th")] for row in table.css("tbody tr")]
        for table in LexborHTMLParser(page).css(selector)
    ]


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def test_brought_up_to_date_it_is_as_made_anew(told: Any) -> None:
    """On each of eight days, file for file and byte for byte; and pages without news stayed as they were."""
    _, _, kept, anew = told
    assert kept == anew
    quiet = f"author/scholarfeed-{BEN}.html"
    assert len({files[quiet] for files in kept}) == 1
    assert len({files["index.html"] for files in kept}) == DAYS


def test_the_tables_carry_every_value(told: Any) -> None:
    """Each author's page has a row for every row of `author_metrics`, in order, under the metric's own name."""
    project, site, _, _ = told
    with connect(project.warehouse) as connection:
        rows = connection.execute(
            "select author_id, metric, value, valid_from from author_metrics order by valid_from desc"
        ).fetchall()
    for author_id in {row[0] for row in rows}:
        page = (site / "author" / f"{author_id.replace(':', '-')}.html").read_bytes()
        shown = {
            metric: [row[:2] for row in table]
            for metric, table in zip(
                [node.text() for node in LexborHTMLParser(page).css("figure h2")],
                _tables(page, "figure table"),
                strict=True,
            )
        }
        known: dict[str, list[list[str]]] = {}
        for author, metric, value, valid_from in rows:
            if author == author_id:
                known.setdefault(METRIC_WORDS[metric], []).append([f"{valid_from:%Y-%m-%d %H:%M}", _number(value)])
        assert shown == known


def test_what_happened_to_papers_is_what_diff_says(told: Any) -> None:
    """From one day to the next, for every author: the same papers added, removed and changed, in the same fields."""
    project, _, _, _ = told
    nights = [NOW.replace(hour=0) - timedelta(days=DAYS - 2 - day) for day in range(DAYS - 1)]
    with connect(project.warehouse) as connection:
        authors = report_authors(connection)
        happened = [
            (h.author["author_id"], change) for h in read_histories(connection, authors) for change in h.paper_changes
        ]
        assert len({change.change for _, change in happened}) == 3
        for start, end in pairwise([*nights, NOW]):
            first_seen = {a["author_id"] for a in authors if a["first_seen_at"] > start}
            known = {
                (row["author_id"], row["paper_id"], row["change"], row["field"])
                for row in paper_diff(connection, start, end)
                if row["author_id"] not in first_seen and row["field"] != "arxiv_category"
            }
            told_here = {
                (author, change.paper_id, change.change, field)
                for author, change in happened
                if start < change.at <= end
                for field in ([f.field for f in change.fields] if change.fields else [None])
            }
            assert told_here == known


def test_the_listing_is_the_view_papers(told: Any) -> None:
    """Each author's page lists the titles that the view has, each once."""
    project, site, _, _ = told
    with connect(project.warehouse) as connection:
        rows = connection.execute("select author_id, title from papers").fetchall()
    for author_id in {author for author, _ in rows}:
        page = LexborHTMLParser((site / "author" / f"{author_id.replace(':', '-')}.html").read_bytes())
        titles = [node.text() for node in page.css("[aria-labelledby=listed] .title bdi")]
        assert sorted(titles) == sorted(title for author, title in rows if author == author_id)


def test_movers_are_those_of_diff_in_its_order(told: Any, tmp_path: Path) -> None:
    """The overview's movers are those of whom a metric changed most, in percent of what it was, in that order."""
    project, _, _, _ = told
    site = tmp_path / "site"
    build_report(project.warehouse, site, since=timedelta(days=3))
    with connect(project.warehouse) as connection:
        ((newest,),) = connection.execute("select max(last_seen_at) from authors").fetchall()
        known = connection.execute(
            """
            select name, max(100.0 * abs(delta) / greatest(old_value, 1)) as moved
            from metric_diff($end::timestamp - interval 3 day, $end)
            where old_value is not null
            group by author_id, name
            order by moved desc, name
            limit 10
            """,
            {"end": newest},
        ).fetchall()
    page = (site / "index.html").read_bytes()
    names = [node.text().strip() for node in LexborHTMLParser(page).css("table.movers tbody > tr > th")]
    assert names == [name for name, _ in known]


def test_entries_of_the_feed_keep_their_ids(told: Any) -> None:
    """From day to day an entry stays what it was, the newest come first, and no id is given twice."""
    _, _, kept, _ = told
    days = [
        {e.findtext(f"{ATOM}id"): ET.tostring(e) for e in ET.fromstring(files["feed.xml"]).findall(f"{ATOM}entry")}  # noqa: S314
        for files in kept
    ]
    assert len({ET.fromstring(files["feed.xml"]).findtext(f"{ATOM}id") for files in kept}) == 1  # noqa: S314
    for before, after in pairwise(days):
        both = before.keys() & after.keys()
        assert both
        assert all(before[key] == after[key] for key in both)
    updated = re.findall(rb"<entry>\n<id>[^<]*</id>\n<title>[^<]*</title>\n<updated>([^<]*)<", kept[-1]["feed.xml"])
    assert len(updated) == len(days[-1])
    assert updated == sorted(updated, reverse=True)


def test_what_is_held_and_who_is_gone_is_said(bench: Bench, site: DemoSite, tmp_path: Path) -> None:
    """On the front page and on the author's, and no more when a good page has come: as a report made anew has it."""
    out = tmp_path / "site"

    def reported() -> dict[str, str]:
        done = bench("report", str(out))
        assert (done.code, done.out) == (0, "")
        told = rf"3 authors in \d+ files, \d+ of them written and 0 removed: open {out}/index.html\n"
        assert re.fullmatch(told, done.err)
        anew = tmp_path / "anew"
        build_report(bench.published, anew)
        assert _files(out) == _files(anew)
        shutil.rmtree(anew)
        return {path: content.decode() for path, content in _files(out).items() if path.endswith(".html")}

    assert bench("refresh").code == 0
    before = reported()
    site.configure(metrics={ADA: {"citation_count": 0}}, faults={BEN: "not_found"})
    assert bench("refresh", "--force").code == 3
    pages = reported()
    assert "collapse: " in pages["index.html"]
    assert "is held back: collapse: " in pages[f"author/scholarfeed-{ADA}.html"]
    for page in ("index.html", f"author/scholarfeed-{BEN}.html"):
        assert "not found" in pages[page]
        assert "not found" not in before[page]
    assert bench("refresh", "--force").code == 3
    assert reported()[f"author/scholarfeed-{ADA}.html"].count("is held back: collapse: ") == 2
    site.configure(metrics={}, faults={})
    assert bench("refresh", "--force").code == 0
    after = reported()
    for key in (ADA, BEN, CAI):
        assert after[f"author/scholarfeed-{key}.html"] == before[f"author/scholarfeed-{key}.html"]


def test_a_wrong_folder_is_one_line(settled: Bench, tmp_path: Path) -> None:
    """Exit 2 for a folder that is somebody else's or lies in the archive."""
    (tmp_path / "thesis.tex").write_text("mine")
    done = settled("report", str(tmp_path))
    assert (done.code, done.error) == (2, f"scholar-etl: {tmp_path} is not empty, and no report: name another folder")
    inside = settled("report", str(settled.project.archive / "site"))
    assert inside.code == 2
    assert inside.error.endswith("which is no place for a report: name another folder")


def test_the_overview_tells_what_is_hard_to_believe(bench: Bench, site: DemoSite, tmp_path: Path) -> None:
    """A change far beyond the author's past stands on the front page, in words that are apart from one another."""
    bench.watch(ADA)
    refresh(bench.project, clock=lambda: NOW - timedelta(days=1))
    site.configure(metrics={ADA: {"citation_count": 62_090}})
    refresh(bench.project, clock=lambda: NOW)
    build_report(bench.project.warehouse, tmp_path / "site")
    page = LexborHTMLParser((tmp_path / "site" / "index.html").read_bytes())
    (told,) = page.css("section[aria-labelledby=jumps] li")
    assert " ".join(told.text().split()) == "Yichong Leng: citations 6,209 → 62,090, 2026-11-26"
    (lead,) = page.css("main .lead")
    assert "Metrics of 1 author changed since 2026-11-25" in " ".join(lead.text().split())
    author = LexborHTMLParser((tmp_path / "site" / "author" / f"scholarfeed-{ADA}.html").read_bytes())
    first = bench.rows("select authors[1:2] as names from papers order by position limit 1")[0]["names"]
    assert ", ".join(first) in author.text()
