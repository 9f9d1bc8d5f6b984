"""What the feed tells of, where there is more than it has room for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from heapq import nlargest
from pathlib import Path
from uuid import UUID

from scholar_etl.model import Metrics, Observation, Paper, Profile
from scholar_etl.report.feed import entry_id, headline, newest_moments
from scholar_etl.report.history import read_histories
from scholar_etl.store import Warehouse, connect, report_authors

START = datetime(2026, 3, 1, 5, tzinfo=UTC)


def page(author: int, day: int) -> Observation:
    """Return a page on which each author has a rhythm: some change daily, some seldom, in metrics and papers."""
    updates = day // (1 + author % 7)
    papers = (
        Paper(1, f"On {updates // 2}", paper_id="arxiv:2205.14807", authors=("Ada",)),
        *([Paper(2, "On Looms", paper_id="arxiv:2205.14808", authors=("Ada",))] if updates % 3 == 1 else []),
    )
    return Observation(
        author_id=f"s:{author}",
        observed_at=START + timedelta(days=day, minutes=author),
        profile=Profile(f"Author {author}", metrics=Metrics(h_index=updates), papers=papers, listing_complete=True),
        capture_id=str(UUID(int=1_000 * author + day)),
        run_id="run",
        extractor_version=1,
        source="s",
        url="https://example.org",
    )


def test_the_newest_of_all_are_told(tmp_path: Path) -> None:
    """The hundred newest moments, each with all that it said, are those that are found by reading everything."""
    with Warehouse(tmp_path / "scholar.duckdb") as warehouse:
        warehouse.load([page(author, day) for author in range(150) for day in range(8)])
    with connect(tmp_path / "scholar.duckdb") as connection:
        authors = report_authors(connection)
        everything = [m for history in read_histories(connection, authors) for m in history.moments()]
        told = newest_moments(connection, authors)
    expected = nlargest(100, everything, key=lambda moment: (moment.at, moment.author["author_id"]))
    assert len(everything) > 300
    assert [(entry_id(m), headline(m), m.papers) for m in told] == [
        (entry_id(m), headline(m), m.papers) for m in expected
    ]
    assert len({m.at.date() for m in told}) > 1
