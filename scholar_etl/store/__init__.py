"""The warehouse: the only user of DuckDB. Its SQL lies in files under `warehouse/`."""

from scholar_etl.store.checks import Finding, run_checks
from scholar_etl.store.diff import metric_diff, paper_diff
from scholar_etl.store.load import LoadCounts
from scholar_etl.store.reader import connect
from scholar_etl.store.writer import LatestOriginal, Warehouse

__all__ = [
    "Finding",
    "LatestOriginal",
    "LoadCounts",
    "Warehouse",
    "connect",
    "metric_diff",
    "paper_diff",
    "run_checks",
]
