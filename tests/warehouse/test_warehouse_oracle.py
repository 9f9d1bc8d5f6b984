"""History equals a brute-force oracle, whatever arrives, however often and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import HALF, assert_equal_to_oracle, at, clear, random_world

from scholar_etl import Warehouse
from scholar_etl.store import run_checks

DAYS = 7


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Yield one writer for all examples: opening costs more than an example."""
    with Warehouse(tmp_path_factory.mktemp("oracle") / "scholar.duckdb") as opened:
        yield opened


def load_in_pieces(warehouse: Warehouse, choose: random.Random, authors: int, *, is_shuffled: bool) -> None:
    """Load a random world in random pieces with repeats, and compare: after all, and once on the way."""
    clear(warehouse.connection)
    readings, judgements = random_world(choose, authors, DAYS)
    arriving = [(item, None) for item in readings] + [(None, item) for item in judgements]
    arriving += choose.sample(arriving, len(arriving) // 5)
    if is_shuffled:
        choose.shuffle(arriving)
    else:
        arriving.sort(key=lambda pair: pair[0].observed_at if pair[0] else pair[1].capture.fetched_at)
    cuts = sorted(choose.sample(range(1, len(arriving)), min(len(arriving) - 1, choose.choice([0, 3, 7]))))
    halfway = choose.choice([0, *cuts])
    for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        piece = arriving[start:end]
        warehouse.load([r for r, _ in piece if r], [j for _, j in piece if j])
        if end == halfway or end == len(arriving):
            known = [r for r, _ in arriving[:end] if r], [j for _, j in arriving[:end] if j]
            if known[0]:
                days = [choose.randrange(-1, DAYS) for _ in range(6)]
                spans = [(at(min(pair)), at(max(pair)) + HALF) for pair in zip(days[:3], days[3:], strict=True)]
                assert_equal_to_oracle(warehouse.connection, *known, spans)
    findings = {finding.check for finding in run_checks(warehouse.connection)}
    assert findings <= {"observation_without_capture"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choose=st.randoms(use_true_random=False), is_shuffled=st.booleans())
def test_one_author(warehouse: Warehouse, choose: random.Random, *, is_shuffled: bool) -> None:
    """One author's observations in any pieces and any order give the history that the oracle gives."""
    load_in_pieces(warehouse, choose, 1, is_shuffled=is_shuffled)


@pytest.mark.parametrize("is_shuffled", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_many_authors(warehouse: Warehouse, seed: int, *, is_shuffled: bool) -> None:
    """Authors in one load do not touch one another: in order (each appended to) and shuffled (each encoded again)."""
    choose = random.Random(seed)  # noqa: S311
    load_in_pieces(warehouse, choose, 60, is_shuffled=is_shuffled)
