"""Each kind of hostile text in each file of a report: it acts on nothing, changes nothing, and can be read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hostile_texts import ACTIVE, FIRST, HOSTILE, observation
from selectolax.lexbor import LexborHTMLParser

from scholar_etl.model import WatchedAuthor
from scholar_etl.report import build_report
from scholar_etl.report.render import author_path, link, paper_link, script_json, tag_path
from scholar_etl.store import Warehouse
from scholar_etl.text import one_line

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = ("index.html", "authors.html", author_path("s:1"), author_path("s:2"))


def make_report(folder: Path, text: str) -> Path:
    """Return a report on two authors of whom everything that a site shows or a user tags is the text."""
    with Warehouse(folder / "scholar.duckdb") as warehouse:
        other = replace(observation(0, text), author_id="s:2", observed_at=FIRST + timedelta(days=1))
        warehouse.load([observation(0, text), observation(1, text), replace(other, capture_id=str(UUID(int=9)))])
        warehouse.sync_watch(
            [WatchedAuthor("s:1", "s", "1", text, (text,)), WatchedAuthor("s:2", "s", "2", text, (text,))]
        )
    build_report(folder / "scholar.duckdb", folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a text that is nobody's enemy."""
    return make_report(tmp_path_factory.mktemp("harmless"), "Ada Lovelace")


@pytest.fixture(scope="module", params=HOSTILE)
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Return a text and the report of it."""
    text = HOSTILE[request.param]
    return text, make_report(tmp_path_factory.mktemp("hostile"), text)


def pages_of(text: str) -> dict[str, str]:
    """Return the pages of a report of the text by those of the harmless one."""
    return {page: page for page in PAGES} | {tag_path("Ada Lovelace"): tag_path(text)}


def elements(page: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return the page's elements in order: each one's tag and the names of its attributes."""
    root = LexborHTMLParser(page.read_bytes()).root
    assert root is not None
    return [(node.tag, tuple(node.attributes)) for node in root.traverse()]


def test_pages_have_the_same_elements_whatever_the_text(hostile: tuple[str, Path], harmless: Path) -> None:
    """Not one element and not one attribute more or less than the same page has of a harmless text."""
    text, site = hostile
    for one, other in pages_of(text).items():
        assert elements(site / other) == elements(harmless / one), other


def test_no_character_acts(hostile: tuple[str, Path]) -> None:
    """No file holds a control, escape or direction-changing character but its own line ends."""
    _, site = hostile
    for file in site.rglob("*"):
        if file.suffix in (".html", ".xml", ".js") and "assets" not in file.parts:
            assert ACTIVE.search(file.read_text(encoding="utf-8")) is None, file


def test_each_link_leads_into_the_report_or_to_the_web(hostile: tuple[str, Path]) -> None:
    """A link is of https, or a file that is there: nothing that the text says is an address."""
    text, site = hostile
    for page in pages_of(text).values():
        tree = LexborHTMLParser((site / page).read_bytes())
        for node in tree.css("[href], [src]"):
            address = node.attributes.get("href") or node.attributes.get("src") or ""
            parts = urlsplit(address)
            if parts.scheme:
                assert parts.scheme == "https"
                assert parts.hostname in ("example.org", "arxiv.org")
            elif parts.path:
                assert ((site / page).parent / parts.path).resolve().is_file(), address


def test_a_person_can_read_it(hostile: tuple[str, Path]) -> None:
    """The name heads the author's page as one harmless line, and so does the paper's title stand in it."""
    text, site = hostile
    tree = LexborHTMLParser((site / author_path("s:1")).read_bytes())
    (heading,) = tree.css("h1")
    assert heading.text() == (one_line(text) or "s:1")
    assert one_line(f"{text} 1 seen") in [node.text() for node in tree.css("#listed ~ .papers .title bdi")]
    fields = {node.text() for node in tree.css(".field")}
    assert {"title", "abstract", "category", "published on", "has code", "authors", "affiliation"} <= fields


def test_the_feed_is_well_formed_and_says_what_happened(hostile: tuple[str, Path]) -> None:
    """An XML reader takes it, each entry has an id of its own, and its HTML is lists of text."""
    text, site = hostile
    feed = ET.fromstring((site / "feed.xml").read_bytes())  # noqa: S314 - ours
    entries = feed.findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries) == 3
    assert [(entry.findtext(f"{ATOM}title") or "").endswith(": first seen") for entry in entries].count(True) == 2
    for entry in entries:
        body = LexborHTMLParser(entry.findtext(f"{ATOM}content") or "").body
        assert body is not None
        assert {node.tag for node in body.css("*")} <= {"body", "ul", "li"}
    changed = next(e for e in entries if not (e.findtext(f"{ATOM}title") or "").endswith(": first seen"))
    assert "h-index: 7 → 8 (+1)" in (changed.findtext(f"{ATOM}content") or "")
    assert one_line(text)[:60] in (changed.findtext(f"{ATOM}content") or "").replace("&amp;", "&").replace(
        "&lt;", "<"
    ).replace("&gt;", ">").replace("&#39;", "'").replace("&#34;", '"')


def test_the_search_gets_data_and_nothing_else(hostile: tuple[str, Path]) -> None:
    """The script is one call with one JSON value, in which the name is what it is on pages."""
    text, site = hostile
    script = (site / "search.js").read_text(encoding="utf-8")
    match = re.fullmatch(r"scholarFound\((.*)\);\n", script)
    assert match
    assert not set(match[1]) & set("<>&\u2028\u2029")
    names = [name for name, _, _ in json.loads(match[1])]
    assert names == [one_line(text)[: len(names[0].rstrip("…"))] + "…" * names[0].endswith("…")] * 2 + names[2:]
    assert names[2].startswith("#")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
        ),
        *(
            "vbscript:x",
            "file:///etc/passwd",
            "//example.org",
            "https:/x y",
            'https://example.org/"onclick=x',
            "http://",
        ),
        *("https://example.org/\u202etxt", "https://example.org/<x>", "", None),
    ],
)
def test_no_other_address_becomes_a_link(address: str | None) -> None:
    """Only http and https are addresses, and only without what would end an attribute or mislead an eye."""
    assert link(address) is None


@pytest.mark.parametrize(
    "address", ["https://example.org/author/1", "HTTP://example.org/?a=b&c=d#e", "https://例え.jp/名"]
)
def test_addresses_of_the_web_stay_as_they_are(address: str) -> None:
    """A link leads where the page said."""
    assert link(address) == address


@pytest.mark.parametrize(
    ("paper_id", "address"),
    [
        ("arxiv:2205.14807", "https://arxiv.org/abs/2205.14807"),
        ("arxiv:math.GT/0309136", "https://arxiv.org/abs/math.GT/0309136"),
        ("arxiv:../../evil", None),
        ("arxiv:1", None),
        ("arxiv:2205.14807\n", None),
        ("title:0123", None),
    ],
)
def test_papers_lead_to_arxiv_by_their_id_alone(paper_id: str, address: str | None) -> None:
    """What is no arXiv identifier leads nowhere."""
    assert paper_link(paper_id) == address


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_json_in_a_script_is_the_same_value_and_ends_nothing(text: str) -> None:
    """Whatever the text: the value comes back, and no sign that HTML or JavaScript would take for its own."""
    script = script_json([text, "<!--", "]]>", "\u2028"])
    assert json.loads(script) == [text, "<!--", "]]>", "\u2028"]
    assert not set(script) & set("<>&\u2028\u2029")
