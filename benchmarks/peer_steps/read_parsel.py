"""parsel: what scholar-etl reads of an author page, by CSS selectors.

The selectors rest on the class names of the one markup that the site serves here, as a spider's usually do.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from reading import METRICS, arxiv_id, day, metric, run_reader


def read(page: Any, key: int, today: date) -> dict[str, Any]:
    """Return the facts of a page, given as a `Selector` or as Scrapy's response."""
    return {
        "key": key,
        "name": page.css("h1::text").get(),
        "field": page.css("._head_1k9xz_8 > ._tag_7fw2q_1::text").get(),
        **dict.fromkeys(METRICS),
        **dict(metric(" ".join(stat.css("::text").getall())) for stat in page.css("._stat_q0v4m_2")),
        "papers": [_read_paper(card, today) for card in page.css("article")],
    }


def _read_paper(card: Any, today: date) -> dict[str, Any]:
    category = shown = None
    for fact in card.css("._meta_b83ty_5 > span"):
        kind = fact.attrib.get("class", "")
        if "_tag_" in kind:
            category = fact.css("::text").get()
        elif not kind:
            shown = fact.css("::text").get()
    by = "".join(card.css("._by_b83ty_18 ::text, ._by_b83ty_18::text").getall())
    return {
        "title": "".join(card.css("h3 ::text, h3::text").getall()),
        "category": category,
        "published_on": day(shown, today),
        "has_code": bool(card.css("._code_b83ty_9")),
        "authors": card.css("._by_b83ty_18 > span::text").getall(),
        "et_al": " et al." in by,
        "affiliation": by.partition(" · ")[2] or None,
        "abstract": card.css("._abs_b83ty_23::text").get(),
        "arxiv_id": arxiv_id(card.css("h3 > a::attr(href)").get()),
    }


def _read_bytes(body: bytes, key: int, today: date) -> dict[str, Any]:
    from parsel import Selector

    return read(Selector(body=body, encoding="utf-8"), key, today)


if __name__ == "__main__":
    run_reader(("parsel", "lxml"), {"read": _read_bytes})
