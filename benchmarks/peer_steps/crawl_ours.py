"""scholar-etl: the fetcher alone, or a whole refresh, from the plan to the published file; limits off."""

from __future__ import annotations

from typing import Any

from crawling import METRICS, Crawl, digest, run_crawl
from meter import Meter, peak_mb

_SETTINGS = """\
[fetch]
contact = "benchmark@localhost"
requests_per_minute = 60000
connections_per_host = {connections}
respect_robots = false
allow_private_hosts = true
[sources.scholarfeed]
base_url = "{site}"
"""


def crawl(told: Crawl, meter: Meter) -> dict[str, Any]:
    """Do the work of that name."""
    return fetch(told, meter) if told.work == "fetch" else refresh(told, meter)


def fetch(told: Crawl, meter: Meter) -> dict[str, Any]:
    """Fetch every page, and throw it away."""
    from scholar_etl.clock import utc_now
    from scholar_etl.fetch import Fetcher
    from scholar_etl.model import Request, Response
    from scholar_etl.settings import FetchSettings

    settings = FetchSettings(
        contact="benchmark@localhost",
        requests_per_minute=60_000,
        connections_per_host=told.connections,
        respect_robots=False,
        allow_private_hosts=True,
    )
    requests = [Request(url, "scholarfeed", url) for url in told.urls]
    with meter.phase("crawl"), Fetcher(settings, clock=utc_now) as fetcher:
        for response in fetcher.fetch_all(requests):
            assert isinstance(response, Response)
            assert response.status == 200
            assert response.body
    return {}


def refresh(told: Crawl, meter: Meter) -> dict[str, Any]:
    """Refresh a project that follows every author; a second time, it finds nothing new."""
    from scholar_etl.pipeline import refresh
    from scholar_etl.settings import Project, create_project

    watchlist = "\n".join(f"[[author]]\nscholarfeed = {key}" for key in range(told.first, told.first + told.count))
    create_project(told.state, watchlist, _SETTINGS.format(site=told.site, connections=told.connections))
    project = Project.open(told.state)
    before_publishing_mb = 0.0

    def note_peak(_: object) -> None:
        nonlocal before_publishing_mb
        before_publishing_mb = peak_mb()

    with meter.phase("crawl"):
        report = refresh(project, on_result=note_peak)
    assert report.accepted_count == told.count, report
    return {"before_publishing_mb": before_publishing_mb, **(digest(_pages(project)) if told.work == "check" else {})}


def _pages(project: Any) -> list[dict[str, Any]]:
    from scholar_etl.store import connect

    with connect(project.warehouse) as connection:
        papers: dict[str, list[dict[str, Any]]] = {}
        rows = connection.execute(
            "select author_id, paper_id, title, category, published_on, has_code, authors, et_al, affiliation, "
            "abstract from papers order by author_id, position"
        ).fetchall()
        for author_id, paper_id, title, category, published_on, has_code, authors, et_al, affiliation, abstract in rows:
            papers.setdefault(author_id, []).append(
                {
                    "title": title,
                    "category": category,
                    "published_on": published_on and published_on.isoformat(),
                    "has_code": has_code,
                    "authors": authors,
                    "et_al": et_al,
                    "affiliation": affiliation,
                    "abstract": abstract,
                    "arxiv_id": paper_id.removeprefix("arxiv:") if paper_id.startswith("arxiv:") else None,
                }
            )
        authors = connection.execute(f"select author_id, name, field, {', '.join(METRICS)} from authors").fetchall()  # noqa: S608 - names of ours
    return [
        {
            "key": int(author_id.partition(":")[2]),
            "name": name,
            "field": field,
            **dict(zip(METRICS, metrics, strict=True)),
            "papers": papers.get(author_id, []),
        }
        for author_id, name, field, *metrics in authors
    ]


if __name__ == "__main__":
    run_crawl(("scholar-etl", "httpx", "duckdb", "selectolax"), crawl)
