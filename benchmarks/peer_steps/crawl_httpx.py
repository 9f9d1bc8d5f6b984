"""Bare httpx: one client, as many requests under way as there are connections, bodies decoded and thrown away."""

from __future__ import annotations

import asyncio

import httpx
from crawling import Crawl, run_crawl
from meter import Meter


def crawl(told: Crawl, meter: Meter) -> None:
    """Fetch every page."""

    async def fetch() -> None:
        waiting = iter(told.urls)
        async with httpx.AsyncClient() as client:

            async def ask() -> None:
                for url in waiting:
                    response = await client.get(url)
                    assert response.status_code == 200
                    assert response.content

            await asyncio.gather(*(ask() for _ in range(told.connections)))

    with meter.phase("crawl"):
        asyncio.run(fetch())


if __name__ == "__main__":
    run_crawl(("httpx",), crawl)
