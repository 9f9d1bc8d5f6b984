"""The warehouse: the only user of DuckDB. Its SQL lies in files under `warehouse/`."""

from scholar_etl.store.checks import Finding, run_checks
from scholar_etl.store.diff import Comparison, changes, metric_diff, paper_diff
from scholar_etl.store.export import FORMS, ExportedView, export_views
from scholar_etl.store.history import metric_history
from scholar_etl.store.index import archived_captures, find_capture
from scholar_etl.store.load import LoadCounts
from scholar_etl.store.news import News
from scholar_etl.store.outbox import Counted, Outbox
from scholar_etl.store.past import KnownAuthor, LoggedCapture, author_logs, held_captures, known_authors
from scholar_etl.store.quarantine import last_good_values, quarantined
from scholar_etl.store.query import run_query
from scholar_etl.store.reader import connect
from scholar_etl.store.rebuild import Difference, Rebuild
from scholar_etl.store.report import new_papers, recent_runs, report_authors, report_papers
from scholar_etl.store.status import (
    Confirmation,
    Status,
    author_names,
    confirmed,
    first_run_end,
    last_good_run,
    read_jumps,
    read_status,
)
from scholar_etl.store.writer import LatestOriginal, Warehouse
from scholar_etl.store.yields import page_before, shown_fields, usual_layouts, usual_yields

__all__ = [
    "FORMS",
    "Comparison",
    "Confirmation",
    "Counted",
    "Difference",
    "ExportedView",
    "Finding",
    "KnownAuthor",
    "LatestOriginal",
    "LoadCounts",
    "LoggedCapture",
    "News",
    "Outbox",
    "Rebuild",
    "Status",
    "Warehouse",
    "archived_captures",
    "author_logs",
    "author_names",
    "changes",
    "confirmed",
    "connect",
    "export_views",
    "find_capture",
    "first_run_end",
    "held_captures",
    "known_authors",
    "last_good_run",
    "last_good_values",
    "metric_diff",
    "metric_history",
    "new_papers",
    "page_before",
    "paper_diff",
    "quarantined",
    "read_jumps",
    "read_status",
    "recent_runs",
    "report_authors",
    "report_papers",
    "run_checks",
    "run_query",
    "shown_fields",
    "usual_layouts",
    "usual_yields",
]
