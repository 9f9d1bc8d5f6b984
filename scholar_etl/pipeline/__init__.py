"""What is done with all the parts: plain functions that flows and the command line both call.

refresh     fetch, archive, read and load the authors of the watchlist
reading     captures in the archive to judgements and observations
"""

from scholar_etl.pipeline.refresh import AuthorResult, Refresh, RunReport, last_due, plan, refresh, select_authors

__all__ = ["AuthorResult", "Refresh", "RunReport", "last_due", "plan", "refresh", "select_authors"]
