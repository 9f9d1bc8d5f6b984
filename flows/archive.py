"""The care of the archive as Prefect flows: thin wrappers of `scholar_etl.pipeline`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import State, flow
from prefect.states import Completed, Failed

from scholar_etl.errors import LockedError
from scholar_etl.pipeline import pack_archive, verify
from scholar_etl.settings import Project

from .runs import named, skipped


@flow(name="scholar-etl archive verify", flow_run_name=named("archive verify"), persist_result=False)
def verify_archive(project: str) -> State[Any]:
    """Compare every record of a project folder's archive with its digests, and the captures with the warehouse.

    Args:
        project: the project folder, a path on the machine that runs this
    """
    report = verify(Project.open(Path(project)))
    if report.damages:
        return Failed(name="Damaged", message=f"{len(report.damages)} damages: see 'scholar-etl archive verify'")
    return Completed(message=f"{len(report.found.captures)} captures in {report.found.file_count} files, no damage")


@flow(name="scholar-etl archive compact", flow_run_name=named("archive compact"), persist_result=False)
def compact_archive(project: str) -> State[Any]:
    """Pack the months of a project folder's archive that have passed.

    Args:
        project: the project folder, a path on the machine that runs this
    """
    try:
        report = pack_archive(Project.open(Path(project)))
    except LockedError as error:
        return skipped(error)
    if report.problems:
        return Failed(name="Damaged", message="; ".join(report.problems))
    return Completed(message=f"{len(report.months)} months packed")
