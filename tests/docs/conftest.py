"""The documentation's pages, and a warehouse to try its queries on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from scholar_etl import Observation, Outcome, Problem, Profile, Warehouse, connect
from scholar_etl.clock import utc_now
from scholar_etl.demo.facts import FIRST_KEY
from scholar_etl.demo.story import fault_on, profile_on
from scholar_etl.model import Capture, FieldYield, JudgedCapture, Severity, WatchedAuthor
from scholar_etl.normalise import normalise_profile

DOCS = Path(__file__).parents[2] / "docs"
DAYS = 45
AUTHORS = 8
HELD_KEY = FIRST_KEY + 5
SHARING_KEYS = (FIRST_KEY, FIRST_KEY + 1)


@pytest.fixture(scope="session")
def docs() -> Path:
    """Return the folder of the pages."""
    return DOCS


@pytest.fixture(scope="session")
def story_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse with 45 days of the bundled site's story, the last one an hour ago.

    The story ends today because the queries on the page count back from DuckDB's own today.
    """
    path = tmp_path_factory.mktemp("docs") / "scholar.duckdb"
    last_at = utc_now() - timedelta(hours=1)
    observations: list[Observation] = []
    captures: list[JudgedCapture] = []
    for day in range(DAYS):
        at = last_at - timedelta(days=DAYS - 1 - day)
        for key in range(FIRST_KEY, FIRST_KEY + AUTHORS):
            observation, judged = _visit(key, day, at)
            captures.append(judged)
            if observation is not None:
                observations.append(observation)
    with Warehouse(path) as warehouse:
        warehouse.sync_watch(
            WatchedAuthor(f"scholarfeed:{key}", "scholarfeed", str(key), None, ("speech",))
            for key in range(FIRST_KEY, FIRST_KEY + AUTHORS)
        )
        warehouse.begin_run("docs", "refresh", last_at)
        warehouse.load(observations, captures, recorded_at=last_at)
        lost = FieldYield("scholarfeed", "ai_score", AUTHORS, AUTHORS - 3, 3, last_at)
        warehouse.finish_run("docs", "partial", last_at, AUTHORS, [lost])
    return path


@pytest.fixture
def published(story_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a reader's connection to the warehouse."""
    with connect(story_warehouse) as connection:
        yield connection


def _visit(key: int, day: int, at: datetime) -> tuple[Observation | None, JudgedCapture]:
    """Return what one author's page gave on one day: blocked, gone and held pages make no observation."""
    author_id, url = f"scholarfeed:{key}", f"https://www.scholarfeed.org/author/{key}"
    capture_id = str(UUID(int=key << 16 | day))
    profile = profile_on(key, day, at.date())
    status, outcome, problems = 200, Outcome.ACCEPTED, ()
    if profile is None:
        status, outcome = 404, Outcome.NOT_FOUND
    elif fault_on(key, day):
        status, outcome = 403, Outcome.BLOCKED
    elif key == HELD_KEY and day == DAYS - 1:
        outcome = Outcome.QUARANTINED
        problems = (Problem("counts_disagree", Severity.ERROR, "the metrics say 31 papers, the heading says 13"),)
    capture = Capture(
        capture_id=capture_id,
        run_id="docs",
        source="scholarfeed",
        author_id=author_id,
        url=url,
        fetched_at=at,
        http_status=status,
        payload_digest=f"sha1:{key}-{day}",
        warc_file=f"{at:%Y/scholar-etl-%Y%m%d}.warc.gz",
        warc_offset=key,
    )
    judged = JudgedCapture(capture, outcome, 1, problems)
    if profile is None or outcome is not Outcome.ACCEPTED:
        return None, judged
    observation = Observation(
        author_id, at, normalise_profile(_shared(key, profile)), capture_id, "docs", 1, "scholarfeed", url
    )
    return observation, judged


def _shared(key: int, profile: Profile) -> Profile:
    """Return the profile with one paper more where the author is one of the two who list it."""
    if key not in SHARING_KEYS:
        return profile
    paper = replace(
        profile.papers[0], position=len(profile.papers) + 1, title="A paper of two authors", arxiv_id="2301.00001"
    )
    return replace(profile, papers=(*profile.papers, paper))
