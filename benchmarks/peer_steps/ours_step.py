"""scholar-etl's step: `Warehouse.load` of the day's observations and captures, and the publishing."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meter import Meter, run_step

if TYPE_CHECKING:
    from scholar_etl.model import Observation

_FILE = "history.duckdb"

# An author's figures as rows: a row holds from the moment at which any of them changed.
_VIEWS = """
    create temp view paper_rows as
    select * replace (array_to_string(authors, '; ') as authors), valid_to is null as is_open from paper_history;

    create temp view author_rows as
    with moment as (select distinct author_id, valid_from from author_metrics)
    select
        moment.author_id,
        moment.valid_from = max(moment.valid_from) over (partition by moment.author_id) as is_open,
        any_value(value) filter (metric = 'h_index') as h_index,
        any_value(value) filter (metric = 'paper_count') as paper_count,
        any_value(value) filter (metric = 'citation_count') as citation_count,
        any_value(value) filter (metric = 'novelty_pct') as novelty_pct,
        any_value(value) filter (metric = 'ai_score') as ai_score
    from moment
    join author_metrics on
        author_metrics.author_id = moment.author_id
        and author_metrics.valid_from <= moment.valid_from
        and (author_metrics.valid_to is null or author_metrics.valid_to > moment.valid_from)
    group by moment.author_id, moment.valid_from
"""


def load(state: Path, days: Path, number: int, meter: Meter) -> None:
    """Load one day and publish."""
    with meter.phase("import", "start"):
        from scholar_etl.store import Warehouse
    with meter.phase("input", "input"):
        gc.disable()
        pairs = list(_read(days / f"day-{number}.pickle"))
        observations, captures = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        del pairs
        gc.enable()
        gc.collect()
    with meter.phase("hashes", "input"):
        prepare(observations)
    warehouse = Warehouse(state / _FILE)
    with meter.phase("open"):
        warehouse.__enter__()
    with meter.phase("load"):
        warehouse.load(observations, captures)
    with meter.phase("publish"):
        warehouse.__exit__(None, None, None)


def prepare(observations: Iterable[Observation]) -> None:
    """Make the hashes that the models keep once asked for."""
    for observation in observations:
        assert observation.profile.listing_hash
        assert all(paper.content_hash for paper in observation.profile.papers)


def count(state: Path) -> dict[str, Any]:
    """Say what history holds."""
    from counting import count_rows

    return count_rows(state / _FILE, _VIEWS)


def _read(path: Path) -> Iterable[Any]:
    with path.open("rb") as file:
        end = file.seek(0, 2)
        file.seek(0)
        while file.tell() < end:
            yield from pickle.load(file)  # noqa: S301 - written by make_days.py for this very run


if __name__ == "__main__":
    run_step(("scholar-etl", "duckdb", "pyarrow"), load, count)
