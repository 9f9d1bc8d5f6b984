"""Write what each tool is given on each day: objects for scholar-etl, and the same as rows for the peers.

    python make_days.py FOLDER --authors N --papers N --seed N --days N

Writes `day-<n>.pickle`, `day-<n>.papers.parquet` and `day-<n>.authors.parquet` for dlt, `day-<n>.duckdb` for dbt, and
`days.json`: how many papers the last day lists, and the seconds that the hashes of its rows took.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from worlds import World

from scholar_etl.model import METRIC_NAMES, JudgedCapture, Observation, Paper, Profile

Day = Sequence[tuple[Observation, JudgedCapture]]

_AUTHORS_AT_ONCE = 200
_ROW = [
    pa.field("row_key", pa.string(), nullable=False),
    pa.field("row_hash", pa.string(), nullable=False),
]
# dlt's own, empty: without them it would rewrite the files.
_VALIDITY = [pa.field(name, pa.timestamp("us", tz="UTC")) for name in ("_dlt_valid_from", "_dlt_valid_to")]
_PAPERS = pa.schema(
    {
        "author_id": pa.string(),
        "paper_id": pa.string(),
        "title": pa.string(),
        "category": pa.string(),
        "arxiv_category": pa.string(),
        "published_on": pa.date32(),
        "has_code": pa.bool_(),
        "authors": pa.string(),
        "et_al": pa.bool_(),
        "affiliation": pa.string(),
        "abstract": pa.string(),
    }
)
_AUTHORS = pa.schema(
    {
        "author_id": pa.string(),
        "name": pa.string(),
        "field": pa.string(),
        **dict.fromkeys(METRIC_NAMES, pa.int64()),
    }
)
_AS_DBT_LIKES_IT = """
    * exclude (_dlt_valid_from, _dlt_valid_to) replace (row_key::uuid as row_key, row_hash::uuid as row_hash)
"""


def main() -> None:
    """Make the days."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for name in ("authors", "papers", "seed", "days"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    world = World(options.authors, options.papers, options.seed)
    for number in range(options.days):
        day = world.day(number)
        with (options.folder / f"day-{number}.pickle").open("wb") as file:
            # In pieces, so that neither writing nor reading keeps a second copy of the day.
            for start in range(0, len(day), _AUTHORS_AT_ONCE):
                pickle.dump(day[start : start + _AUTHORS_AT_ONCE], file, protocol=pickle.HIGHEST_PROTOCOL)
        hash_s = 0.0
        for name, rows, schema in (("papers", _paper_rows(day), _PAPERS), ("authors", _author_rows(day), _AUTHORS)):
            listed = list(rows)
            begun = time.perf_counter()
            keyed = [(*row, _hash(row[:keys]), _hash(row)) for row, keys in listed]
            hash_s += time.perf_counter() - begun
            _write_rows(keyed, schema, options.folder / f"day-{number}.{name}.parquet")
        _write_database(options.folder, number)
    papers = sum(len(observation.profile.papers) for observation, _ in day)
    (options.folder / "days.json").write_text(json.dumps({"papers": papers, "hash_s": hash_s}), encoding="utf-8")


def _write_rows(rows: Sequence[tuple[object, ...]], schema: pa.Schema, path: Path) -> None:
    fields = [*schema, *_ROW]
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), fields, strict=True)]
    columns += [pa.nulls(len(rows), field.type) for field in _VALIDITY]
    # Row groups of DuckDB's own size: it reads them side by side.
    pq.write_table(pa.table(columns, schema=pa.schema([*fields, *_VALIDITY])), path, row_group_size=122_880)


def _write_database(folder: Path, number: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "attach $file as day (storage_version 'v1.5.0')", {"file": str(folder / f"day-{number}.duckdb")}
        )
        for name in ("papers", "authors"):
            rows = connection.read_parquet(str(folder / f"day-{number}.{name}.parquet"))
            rows.project(_AS_DBT_LIKES_IT).create(f"day.{name}")


def _paper_rows(day: Day) -> Iterator[tuple[tuple[object, ...], int]]:
    for observation, _ in day:
        for paper in observation.profile.papers:
            yield (observation.author_id, paper.paper_id, *_content(paper)), 2


def _author_rows(day: Day) -> Iterator[tuple[tuple[object, ...], int]]:
    for observation, _ in day:
        yield (observation.author_id, *_figures(observation.profile)), 1


def _content(paper: Paper) -> tuple[object, ...]:
    return (
        paper.title,
        paper.category,
        paper.arxiv_category,
        paper.published_on,
        paper.has_code,
        "; ".join(paper.authors),
        paper.et_al,
        paper.affiliation,
        paper.abstract,
    )


def _figures(profile: Profile) -> tuple[object, ...]:
    return (profile.name, profile.field, *(getattr(profile.metrics, name) for name in METRIC_NAMES))


def _hash(row: tuple[object, ...]) -> str:
    return blake2b(repr(row).encode(), digest_size=16).hexdigest()


if __name__ == "__main__":
    main()
