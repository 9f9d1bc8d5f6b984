"""What is done with all the parts: plain functions that flows and the command line both call.

refresh     fetch, archive, read and load the authors of the watchlist
replay      the warehouse made anew from the archive
reading     captures in the archive to judgements and observations
"""

from scholar_etl.pipeline.refresh import AuthorResult, Refresh, RunReport, last_due, plan, refresh, select_authors
from scholar_etl.pipeline.replay import ReplayReport, replay

__all__ = [
    "AuthorResult",
    "Refresh",
    "ReplayReport",
    "RunReport",
    "last_due",
    "plan",
    "refresh",
    "replay",
    "select_authors",
]
