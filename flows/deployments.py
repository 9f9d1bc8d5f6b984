"""What runs when: the one list of deployments of a project folder."""

from __future__ import annotations

from platform import node
from typing import Any

from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron

from scholar_etl.settings import Project

from .archive import compact_archive, verify_archive
from .refresh import refresh
from .runs import place

FLOWS: dict[str, Flow[..., Any]] = {flow.name: flow for flow in (refresh, verify_archive, compact_archive)}
"""By name: what a run of a deployment executes."""

_WEEKLY = "0 2 * * 0"
_MONTHLY = "0 1 2 * *"  # by the second day the month before has passed in every time zone


def deployments(project: Project) -> list[RunnerDeployment]:
    """Return the project folder's deployments: its refresh by the settings, and the care of its archive."""
    schedule, folder = project.settings.schedule, str(project.folder)
    return [
        _deployment(project, refresh, schedule.cron, {"project": folder, "due": True, "report": True}),
        _deployment(project, verify_archive, _WEEKLY, {"project": folder}),
        _deployment(project, compact_archive, _MONTHLY, {"project": folder}),
    ]


def _deployment(project: Project, flow: Flow[..., Any], cron: str, parameters: dict[str, object]) -> RunnerDeployment:
    return RunnerDeployment.from_flow(
        flow,
        name=place(project),
        schedule=Cron(cron, timezone=project.settings.schedule.timezone),
        parameters=parameters,
        tags=["scholar-etl"],
        description=f"{project.folder} on {node()}",
    )
