"""History is a function of the observations: a warehouse in whose life anything may happen, in any order.

A machine of rules puts readings of pages into the warehouse as they may come, and the oracle says after each example
what every view and macro must hold, at every instant and between every two.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oracle import Known, Load, Oracle
from worlds import (
    AS_OF,
    DIFF,
    HALF,
    PAPERS,
    VIEWS,
    Reading,
    assert_macros_equal,
    assert_same,
    assert_views_equal,
    at,
    capture_id,
    capture_of,
    clear,
    placed,
    read,
    rows,
    view_rows,
)

from scholar_etl import Warehouse, connect
from scholar_etl.model import METRIC_NAMES, Capture, Metrics, Outcome, Profile, WatchedAuthor
from scholar_etl.store import LoadCounts, run_checks

EXAMPLES = int(os.environ.get("SCHOLAR_ETL_EXAMPLES") or 500)
"""How many lives; on CI (the variable CI) always the same ones, elsewhere new ones each time."""

AUTHORS = 6
STEPS = 8
Views = dict[str, list[dict[str, Any]]]
Pages = Sequence[Profile | Outcome | None]

profiles = st.builds(
    Profile,
    name=st.sampled_from(["Ada", "Ada Example"]),
    field=st.sampled_from(["CL", "AS", None]),
    metrics=st.builds(Metrics, **{name: st.sampled_from([None, 0, 1, 2]) for name in METRIC_NAMES}),
    papers=st.lists(st.integers(0, len(PAPERS) - 1), max_size=4).map(
        lambda chosen: placed([PAPERS[i] for i in chosen])
    ),
    listing_complete=st.booleans(),
)
refusals = st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.ACCEPTED])
contents = st.one_of(st.none(), profiles, profiles, refusals)
"""What a page says; None: what the one before said."""
pages = st.tuples(*[contents] * AUTHORS)
watchlists = st.lists(st.sampled_from([(), ("speech",), ("b", "a")]), max_size=AUTHORS + 1)
"""The tags of the first authors."""
statuses = st.sampled_from(["complete", "complete", "partial", None])
orders = st.integers(0, 99)
"""Seeds of a shuffle; 0 leaves the order as it is."""


class Writer:
    """The one writer of all examples: opening a warehouse costs more than an example."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open()

    def open(self) -> None:
        """Open the warehouse."""
        self.warehouse = Warehouse(self.path).__enter__()
        # With so few rows threads cost more than they give.
        self.warehouse.connection.execute("set threads = 1")

    def close(self, error: Exception | None = None) -> None:
        """Close the warehouse; with an error it does not publish."""
        self.warehouse.__exit__(type(error) if error else None, error, None)

    def lose(self) -> None:
        """Lose the private file."""
        self.path.with_name(f".{self.path.name}.writer").unlink()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection to the private file."""
        return self.warehouse.connection


class Life(RuleBasedStateMachine):
    """The life of one warehouse. What was read and not loaded yet is `waiting`."""

    readings: Bundle[Reading] = Bundle("readings")

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self.writer = writer
        self.known = Known()
        self.published: Known | None = None
        self.day = 2
        self.made: dict[tuple[str, int], Reading] = {}
        self.newest: dict[int, Profile] = {}
        self.waiting: list[Reading] = []
        self.order = 0
        self.is_moved = False
        clear(writer.connection)

    @initialize(order=orders)
    def choose_order(self, order: int) -> None:
        """Choose the order in which all is loaded again at the end: in a quarter of the lives, for time's sake."""
        self.order = order

    @rule(target=readings, pages=pages, tags=watchlists, status=statuses)
    def refresh(self, pages: Pages, tags: list[tuple[str, ...]], status: str | None) -> Any:
        """Fetch a page of each author, all at one new moment, and load them together: a run.

        A run without `status` is killed before it loads: its pages arrive later, others may come before them.
        """
        self.day += 1
        run_id = f"run-{self.day}"
        self._watch(tags)
        for target in (self.known, self.writer.warehouse):
            target.begin_run(run_id, "refresh", at(self.day))
        made = [reading for author, page in enumerate(pages, 1) for reading in self._fetch(author, self.day, 1, page)]
        if status is None:
            return self._wait(made)
        self._load(made)
        for target in (self.known, self.writer.warehouse):
            target.finish_run(run_id, status, at(self.day) + timedelta(minutes=5), len(made))
        return multiple(*made)

    @rule(target=readings, author=st.integers(1, AUTHORS), day=st.integers(0, 8), copy=st.integers(0, 2), page=contents)
    def backfill(self, author: int, day: int, copy: int, page: Profile | Outcome | None) -> Any:
        """Find a page of before, or another one of the same moment."""
        return self._wait(self._fetch(author, min(day, self.day), copy, page))

    @rule(target=readings, reading=readings, version=st.integers(1, 4), page=contents)
    def read_again(self, reading: Reading, version: int, page: Profile | Outcome | None) -> Any:
        """Read a capture with another extractor: newer or older, to the same effect, another one, or a refusal."""
        return self._wait(self._make(reading.judged.capture, page or reading.content, version))

    @precondition(lambda self: self.made)
    @rule(order=orders, is_bare=st.sampled_from([False, False, False, True]))
    def load(self, order: int, *, is_bare: bool) -> None:
        """Load all that waits, or a part of it, in any order, and some that may have been loaded before.

        `is_bare`: the observations without their captures.
        """
        choose = random.Random(order)  # noqa: S311
        repeated = choose.sample([*self.made.values()], min(order % 3, len(self.made)))
        if order:
            choose.shuffle(self.waiting)
        count = choose.randint(min(1, len(self.waiting)), len(self.waiting)) if order % 2 else len(self.waiting)
        loaded, self.waiting = self.waiting[:count], self.waiting[count:]
        self._load([*loaded, *repeated], is_bare=is_bare)

    @precondition(lambda self: self.is_moved)
    @rule(is_published=st.booleans(), is_lost=st.booleans())
    def reopen(self, *, is_published: bool, is_lost: bool) -> None:
        """Leave the warehouse, published or not, and open it again; a lost private file begins as the published one."""
        if is_published:
            self.writer.warehouse.publish()
            self.published = self.known.copy()
        self.writer.close(None if is_published else InterruptedError())
        if is_lost and self.published is not None:
            self.writer.lose()
            self.known = self.published.copy()
        self.writer.open()
        self.is_moved = False

    def teardown(self) -> None:
        """Compare everything at every instant, and load the same in another order."""
        if sys.exc_info()[0] is not None:
            return  # Something else was wrong already.
        oracle = Oracle(self.known)
        views = assert_views_equal(self.writer.connection, oracle)
        assert_macros_equal(self.writer.connection, oracle)
        findings = {finding.check for finding in run_checks(self.writer.connection)}
        assert findings == ({"observation_without_capture"} if oracle.has_orphans() else set())
        if self.published is not None:
            with connect(self.writer.path) as reader:
                assert_views_equal(reader, Oracle(self.published))
        if self.order % 4 == 1:
            self._load_in_another_order(views, random.Random(self.order))  # noqa: S311

    def _load_in_another_order(self, before: Views, choose: random.Random) -> None:
        """Load all that was loaded into an empty warehouse, in one piece or two: the rows are the same."""
        clear(self.writer.connection)
        self.writer.warehouse.sync_watch(self.known.watched)
        loads = [*self.known.loads]
        choose.shuffle(loads)
        cut = choose.choice([0, 0, len(loads) // 2])
        for piece in filter(None, (loads[:cut], loads[cut:])):
            self.writer.warehouse.load(*_together(piece))
        after = view_rows(self.writer.connection)
        for view in {*VIEWS} - {"runs"}:
            assert_same(view, _placeless(after[view]), _placeless(before[view]))

    def _watch(self, tags: list[tuple[str, ...]]) -> None:
        self.known.watched = [
            WatchedAuthor(f"scholarfeed:{key}", "scholarfeed", str(key), None, own) for key, own in enumerate(tags, 1)
        ]
        self.writer.warehouse.sync_watch(self.known.watched)

    def _fetch(self, author: int, day: int, copy: int, page: Profile | Outcome | None) -> list[Reading]:
        """Return what was read of an author's capture of a day."""
        content = page or self.newest.get(author, Profile("Nobody"))
        if isinstance(content, Profile):
            self.newest[author] = content
        changes: dict[str, Any] = {"run_id": f"run-{day}" if copy == 1 else "by hand"}
        if content is Outcome.UNAVAILABLE:
            changes |= {"http_status": None, "payload_digest": None, "error": "timed out"}
        if copy == 2:
            changes |= {"http_status": 304, "etag": '"2"', "refers_to": capture_id(author, 0)}
        return self._make(capture_of(author, day, copy, **changes), content, version=2)

    def _make(self, capture: Capture, content: Profile | Outcome, version: int) -> list[Reading]:
        """Return the reading, unless it was made before: an extractor reads a capture in one way only."""
        reading = read(capture, content, version)
        if reading.key in self.made:
            return []
        self.made[reading.key] = reading
        return [reading]

    def _wait(self, made: list[Reading]) -> Any:
        self.waiting += made
        return multiple(*made)

    def _load(self, readings: Sequence[Reading], *, is_bare: bool = False) -> None:
        observations = [reading.observation for reading in readings if reading.observation]
        judgements = [] if is_bare else [reading.judged for reading in readings]
        before = Oracle(self.known)
        self.known.loads.append((observations, judgements))
        counts = self.writer.warehouse.load(observations, judgements)
        self.is_moved = True
        assert counts == _expected_counts(before, Oracle(self.known), len(observations))


def _expected_counts(before: Oracle, after: Oracle, given: int) -> LoadCounts:
    old, new = before.log(), after.log()
    added, replaced = len(new.keys() - old.keys()), sum(old[key] != new[key] for key in old.keys() & new.keys())
    judged = sum(before.judged.get(capture) != judged for capture, judged in after.judged.items())
    return LoadCounts(added, replaced, len(old.keys() - new.keys()), given - added - replaced, judged)


def _together(loads: Sequence[Load]) -> Load:
    """Return several loads as one."""
    return [o for observations, _ in loads for o in observations], [j for _, judged in loads for j in judged]


def _placeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without the position of papers, which gets lost when a reading is taken back."""
    return [row | {"position": None} for row in rows]


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """Yield the writer of all examples."""
    opened = Writer(tmp_path_factory.mktemp("lives") / "scholar.duckdb")
    yield opened
    opened.close()


def test_history_is_a_function_of_the_observations(writer: Writer) -> None:
    """Whatever arrives, however often, in whatever order and pieces: every view and macro says what the oracle says."""
    run_state_machine_as_test(
        lambda: Life(writer),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("is_in_order", [True, False])
def test_many_authors(writer: Writer, *, is_in_order: bool) -> None:
    """Authors in one load do not touch one another: appended to day by day, or encoded again with days amiss."""
    clear(writer.connection)
    choose = random.Random(7)  # noqa: S311
    days = [[read(capture_of(author, day), _any_profile(choose)) for author in range(1, 61)] for day in range(6)]
    if not is_in_order:
        every = [reading for day in days for reading in day]
        choose.shuffle(every)
        days = [every[:200], every[200:300], every[300:]]
    known = Known([([r.observation for r in day if r.observation], [r.judged for r in day]) for day in days])
    for load in known.loads:
        writer.warehouse.load(*load)
    oracle = Oracle(known)
    assert_views_equal(writer.connection, oracle)
    assert run_checks(writer.connection) == []
    span = (at(1), at(4) + HALF)
    for macro in AS_OF:
        assert_same(macro, rows(writer.connection, f"from {macro}(?)", span[0]), getattr(oracle, macro)(span[0]))
    for macro in DIFF:
        assert_same(macro, rows(writer.connection, f"from {macro}(?, ?)", *span), getattr(oracle, macro)(*span))


def _any_profile(choose: random.Random) -> Profile:
    metrics = Metrics(**{name: choose.choice([None, 0, 1, 2]) for name in METRIC_NAMES})
    papers = placed(choose.sample(PAPERS, choose.randint(0, 5)))
    return Profile("Ada", "CL", metrics, papers, None, choose.random() < 0.5)
