"""Scrapy: a spider that fetches every page, and reads from it what scholar-etl does, by parsel's CSS selectors.

The selectors rest on the class names of the one markup that the site serves here, as a spider's usually do.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Any

from crawling import METRICS, Crawl, digest, run_crawl
from meter import Meter

_LABELS = dict(zip(("h-index", "papers", "citations", "Novelty", "AI Score"), METRICS, strict=True))
_FIGURE = re.compile(r"[\d,]+")


def crawl(told: Crawl, meter: Meter) -> dict[str, Any]:
    """Fetch every page; `parse` and `check` read it too."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    pages: list[dict[str, Any]] = []
    statuses: list[int] = []

    class Spider(scrapy.Spider):
        name = "authors"

        async def start(self) -> AsyncIterator[scrapy.Request]:
            for url in told.urls:
                yield scrapy.Request(url)

        def parse(self, response: Any) -> Iterator[dict[str, Any]]:
            statuses.append(response.status)
            if told.work == "fetch":
                return
            page = read(response)
            if told.work == "check":
                pages.append(page)
            yield page

    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS": told.connections,
            "CONCURRENT_REQUESTS_PER_DOMAIN": told.connections,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "COOKIES_ENABLED": False,
            "RETRY_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    process.crawl(Spider)
    with meter.phase("crawl"):
        process.start()
    assert statuses == [200] * told.count, f"{len(statuses)} of {told.count} pages came"
    return digest(pages) if told.work == "check" else {}


def read(response: Any) -> dict[str, Any]:
    """Return the page's fields."""
    page: dict[str, Any] = {
        "key": int(response.url.rpartition("/")[2]),
        "name": response.css("h1::text").get(),
        "field": response.css("._head_1k9xz_8 > ._tag_7fw2q_1::text").get(),
        **dict.fromkeys(METRICS),
        "papers": [read_paper(card) for card in response.css("article")],
    }
    for stat in response.css("._stat_q0v4m_2"):
        text = " ".join(stat.css("::text").getall())
        name = next(name for label, name in _LABELS.items() if label in text)
        page[name] = int(_FIGURE.search(text)[0].replace(",", ""))  # type: ignore[index]
    return page


def read_paper(card: Any) -> dict[str, Any]:
    """Return a paper's fields."""
    category = shown = None
    facts = card.css("._meta_b83ty_5 > span")
    for fact in facts:
        kind = fact.attrib.get("class", "")
        if "_tag_" in kind:
            category = fact.css("::text").get()
        elif not kind:
            shown = fact.css("::text").get()
    by = "".join(card.css("._by_b83ty_18 ::text, ._by_b83ty_18::text").getall())
    return {
        "title": "".join(card.css("h3 ::text, h3::text").getall()),
        "category": category,
        "published_on": shown and day(shown).isoformat(),
        "has_code": bool(card.css("._code_b83ty_9")),
        "authors": card.css("._by_b83ty_18 > span::text").getall(),
        "et_al": " et al." in by,
        "affiliation": by.partition(" · ")[2] or None,
        "abstract": card.css("._abs_b83ty_23::text").get(),
    }


def day(shown: str) -> date:
    """Read `May 30, 2022`; without a year it is of this one."""
    text = shown if "," in shown else f"{shown}, {date.today().year}"  # noqa: DTZ011 - the site's date is given as today
    return datetime.strptime(text, "%b %d, %Y").date()  # noqa: DTZ007 - a date has no zone


if __name__ == "__main__":
    run_crawl(("scrapy", "parsel", "lxml"), crawl)
