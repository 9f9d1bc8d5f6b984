"""The refresh as a Prefect flow: the steps of `scholar_etl.pipeline`, a task a batch.

Nothing is cached or persisted by Prefect (the archive is the cache), and nothing is retried by it (the fetcher does).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from scholar_etl.model import WatchedAuthor
from scholar_etl.pipeline import Refresh, RunReport
from scholar_etl.settings import Project


@flow(name="scholar-etl refresh", persist_result=False, validate_parameters=False)
def refresh(project: str, authors: Sequence[str] = (), only_due: bool = False, force: bool = False) -> RunReport:
    """Refresh the project folder's authors. The parameters are those of `scholar_etl.pipeline.refresh`."""
    with Refresh(Project.open(Path(project)), authors, only_due=only_due, force=force) as run:

        @task(name="refresh batch", persist_result=False, cache_policy=NO_CACHE)
        def refresh_batch(author_ids: list[str]) -> str:
            run.process([by_id[author_id] for author_id in author_ids])
            report = run.report
            return f"{report.accepted_count} accepted, {len(report.failures)} not, {len(report.deferred)} deferred"

        try:
            for batch in run.batches():
                by_id: dict[str, WatchedAuthor] = {author.author_id: author for author in batch}
                refresh_batch(list(by_id))
        except KeyboardInterrupt:
            run.report.was_interrupted = True
        return run.report


def run_flow(project: Project, authors: Sequence[str], *, only_due: bool, force: bool) -> RunReport:
    """Run the flow here and now, on the server that `PREFECT_API_URL` names, else on one that lives as long as it."""
    return refresh(str(project.folder), list(authors), only_due, force)
