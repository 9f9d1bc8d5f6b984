"""BeautifulSoup, over either parser: what scholar-etl reads of an author page, by the class names of the one markup.

`find` by tag and class: its CSS selectors take longer.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from bs4 import BeautifulSoup
from reading import METRICS, arxiv_id, day, metric, run_reader


def read(body: bytes, key: int, today: date, *, parser: str) -> dict[str, Any]:
    """Return the facts of a page."""
    page = BeautifulSoup(body, parser, from_encoding="utf-8")
    head: Any = page.find("div", class_="_head_1k9xz_8")
    field = head.find("span", class_="_tag_7fw2q_1", recursive=False)
    return {
        "key": key,
        "name": head.h1.get_text(),
        "field": field and field.get_text(),
        **dict.fromkeys(METRICS),
        **dict(metric(stat.get_text(" ")) for stat in head.find_all("div", class_="_stat_q0v4m_2")),
        "papers": [_read_paper(card, today) for card in page.find_all("article")],
    }


def _read_paper(card: Any, today: date) -> dict[str, Any]:
    category = shown = None
    has_code = False
    for fact in card.find("div", class_="_meta_b83ty_5").find_all("span", recursive=False):
        match fact.get("class"):
            case ["_tag_7fw2q_1"]:
                category = fact.get_text()
            case ["_code_b83ty_9"]:
                has_code = True
            case None:
                shown = fact.get_text()
    line = card.find("p", class_="_by_b83ty_18")
    by = line.get_text() if line else ""
    link = card.h3.a
    abstract = card.find("p", class_="_abs_b83ty_23")
    return {
        "title": card.h3.get_text(),
        "category": category,
        "published_on": day(shown, today),
        "has_code": has_code,
        "authors": [name.get_text() for name in line.find_all("span", recursive=False)] if line else [],
        "et_al": " et al." in by,
        "affiliation": by.partition(" · ")[2] or None,
        "abstract": abstract and abstract.get_text(),
        "arxiv_id": arxiv_id(link and link.get("href")),
    }


if __name__ == "__main__":
    run_reader(
        ("beautifulsoup4", "lxml"),
        {"lxml": partial(read, parser="lxml"), "html.parser": partial(read, parser="html.parser")},
    )
