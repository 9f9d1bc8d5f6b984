"""lxml: what scholar-etl reads of an author page, by compiled XPath on the class names of its markup."""

from __future__ import annotations

from datetime import date
from typing import Any

from lxml import etree, html
from reading import METRICS, arxiv_id, day, metric, run_reader

_FIELD = etree.XPath('string(//div[@class="_head_1k9xz_8"]/span[@class="_tag_7fw2q_1"])')
_STATS = etree.XPath('//div[@class="_stat_q0v4m_2"]')
_FACTS = etree.XPath('div[@class="_meta_b83ty_5"]/span')
_BY = etree.XPath('p[@class="_by_b83ty_18"]')
_ABSTRACT = etree.XPath('string(p[@class="_abs_b83ty_23"])')


def read(body: bytes, key: int, today: date) -> dict[str, Any]:
    """Return the facts of a page."""
    page = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    return {
        "key": key,
        "name": page.find(".//h1").text,
        "field": _FIELD(page) or None,
        **dict.fromkeys(METRICS),
        **dict(metric(" ".join(stat.itertext())) for stat in _STATS(page)),
        "papers": [_read_paper(card, today) for card in page.iter("article")],
    }


def _read_paper(card: Any, today: date) -> dict[str, Any]:
    category = shown = None
    has_code = False
    for fact in _FACTS(card):
        match fact.get("class"):
            case "_tag_7fw2q_1":
                category = fact.text
            case "_code_b83ty_9":
                has_code = True
            case None:
                shown = fact.text
    lines = _BY(card)
    by = "".join(lines[0].itertext()) if lines else ""
    title = card.find("h3")
    link = title.find("a")
    return {
        "title": "".join(title.itertext()),
        "category": category,
        "published_on": day(shown, today),
        "has_code": has_code,
        "authors": [name.text for name in lines[0].iter("span")] if lines else [],
        "et_al": " et al." in by,
        "affiliation": by.partition(" · ")[2] or None,
        "abstract": _ABSTRACT(card) or None,
        "arxiv_id": arxiv_id(None if link is None else link.get("href")),
    }


if __name__ == "__main__":
    run_reader(("lxml",), {"read": read})
