"""Scrapy: a spider that fetches every page, and reads from it what scholar-etl does, by parsel's CSS selectors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

from crawling import Crawl, digest, run_crawl
from meter import Meter
from read_parsel import read


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
            key = int(response.url.rpartition("/")[2])
            page = read(response, key, date.today())  # noqa: DTZ011 - the site's date is given as today
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


if __name__ == "__main__":
    run_crawl(("scrapy", "parsel", "lxml"), crawl)
