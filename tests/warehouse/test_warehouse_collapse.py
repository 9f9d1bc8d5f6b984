"""Pages that are judged against their author's past: the order in which they arrive decides nothing."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from worlds import VIEWS, assert_same, view_rows

from scholar_etl.archive import Archive
from scholar_etl.collapse import Candidate, judge
from scholar_etl.demo import facts
from scholar_etl.demo.answer import author_page
from scholar_etl.model import Metrics, Profile, Request, Response
from scholar_etl.pipeline.loading import load_readings
from scholar_etl.pipeline.reading import Reader, Reading
from scholar_etl.store import Warehouse, run_checks

START = datetime(2026, 11, 1, 5, tzinfo=UTC)
EXAMPLES = int(os.environ.get("SCHOLAR_ETL_EXAMPLES", "12"))


@dataclass(frozen=True)
class Page:
    """An author's page at a time in half hours: some of six papers, and two metrics that may be zero or missing."""

    slot: int
    papers: tuple[int, ...]
    complete: bool
    h_index: int | None
    citation_count: int | None
    key: int = 1002

    def profile(self) -> Profile:
        """Return what the site shows."""
        first = facts.first_profile(self.key)
        papers = tuple(replace(first.papers[n], position=place) for place, n in enumerate(self.papers, 1))
        count = len(papers) + (not self.complete)
        metrics = Metrics(self.h_index, count, self.citation_count, 50, 50)
        return Profile(first.name, first.field, metrics, papers, heading_count=count)

    def archived(self, archive: Archive, number: int) -> Reading:
        """Put the page into the archive, and read it."""
        body = gzip.decompress(author_page(self.profile(), key=self.key, today=date(2026, 11, 1), markup="cards").body)
        url = f"https://site.example/author/{self.key}"
        request = Request(f"scholarfeed:{self.key}", "scholarfeed", url)
        moment = START + timedelta(minutes=30 * self.slot)
        response = Response(request, url, moment, status=200, payload=body, body=body)
        capture = archive.append(response, run_id="run", capture_id=str(UUID(int=number)))
        return Reader(archive).read(capture, response)


values = st.sampled_from([0, 0, 3, None])
listings = st.sampled_from([(0, 1, 2, 3, 4, 5)] * 2 + [(0, 1, 2), (0, 1), (3, 4, 5), ()])
pages = st.builds(
    Page,
    st.integers(0, 12),
    listings,
    st.sampled_from([True, True, True, False]),
    values,
    values,
    key=st.sampled_from([1002, 1002, 1003]),
)


@given(pages=st.lists(pages, min_size=1, max_size=9), order=st.integers(0, 1_000))
@run(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_the_order_of_arrival_decides_nothing(pages: list[Page], order: int) -> None:
    """Loaded in any order and pieces, every view is what it is when all is loaded at once, or one by one in time.

    And what is accepted is what the rule says of all pages together; some come at the same moment.
    """
    choose = random.Random(order)  # noqa: S311
    with TemporaryDirectory() as folder, ExitStack() as stack:
        archive = stack.enter_context(Archive(Path(folder) / "archive"))
        readings = [page.archived(archive, number) for number, page in enumerate(pages)]
        in_time = sorted(readings, key=lambda reading: reading[0].capture.fetched_at)
        arriving = choose.sample(readings, len(readings))
        found = []
        for number, pieces in enumerate(([in_time], [[reading] for reading in in_time], cut(arriving, choose))):
            warehouse = stack.enter_context(Warehouse(Path(folder) / f"{number}.duckdb"))
            for piece in pieces:
                load_readings(warehouse, archive, piece, START)
            assert run_checks(warehouse.connection) == []
            found.append(view_rows(warehouse.connection))
    for other in found[1:]:
        for view in {*VIEWS} - {"runs"}:
            assert_same(view, placeless(other[view]), placeless(found[0][view]))
    for author_id in {reading[0].capture.author_id for reading in readings}:
        own = [reading for reading in readings if reading[0].capture.author_id == author_id]
        verdicts = judge(Candidate.of(o.profile, o.capture_id, o.observed_at) for _, o in own if o)
        held = {row["capture_id"] for row in found[0]["quarantine"] if "collapse" in row["reasons"]}
        assert held & {j.capture.capture_id for j, _ in own} == {
            o.capture_id for _, o in own if o and verdicts[o.observed_at]
        }


def cut(readings: Sequence[Reading], choose: random.Random) -> list[Sequence[Reading]]:
    """Return the readings in pieces of one to three."""
    pieces, start = [], 0
    while start < len(readings):
        end = start + choose.randint(1, 3)
        pieces.append(readings[start:end])
        start = end
    return pieces


def placeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without the position of papers, which gets lost when a reading is taken back."""
    return [row | {"position": None} for row in rows]
