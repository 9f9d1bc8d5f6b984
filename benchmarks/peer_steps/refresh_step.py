"""One refresh of a project, plain or as a Prefect flow on the server that `PREFECT_API_URL` names.

Called as `python refresh_step.py plain|prefect STATE REPORT`, a process of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from meter import Meter


def main() -> None:
    """Do what the command line says, and write one JSON object into the file REPORT."""
    way, state, target = sys.argv[1:]
    meter = Meter()
    with meter.phase("start", "start"):
        from scholar_etl.flows import keep_prefect_private

        from scholar_etl.pipeline import refresh
        from scholar_etl.settings import Project

        if way == "prefect":
            keep_prefect_private(Path(state))
            from scholar_etl.flows.refresh import run_flow
    project = Project.open(Path(state))
    with meter.phase("refresh"):
        report = run_flow(project, (), only_due=False, force=False) if way == "prefect" else refresh(project)
    assert report.accepted_count == report.author_count, report
    Path(target).write_text(json.dumps(meter.phases), encoding="utf-8")


if __name__ == "__main__":
    main()
