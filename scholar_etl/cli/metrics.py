"""The option that chooses among the metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from scholar_etl.model import METRIC_NAMES

F = TypeVar("F", bound=Callable[..., Any])


def metric_option(help_text: str) -> Callable[[F], F]:
    """Return a decorator that adds `--metric`, which may be given several times, as the parameter `metrics`."""
    return click.option("--metric", "metrics", type=click.Choice(METRIC_NAMES), multiple=True, help=help_text)
