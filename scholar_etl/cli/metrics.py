"""The metrics by the words that people know, and the option that chooses among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from scholar_etl.fields import METRIC_WORDS as METRIC_WORDS
from scholar_etl.model import METRIC_NAMES

_WORDS_OF_CAUSE = {"reparse": "read anew by a newer extractor"}

F = TypeVar("F", bound=Callable[..., Any])


def describe_cause(cause: str) -> str:
    """Return what is to be said of a change's cause: "" where it is the site, as nearly always."""
    return _WORDS_OF_CAUSE.get(cause, "")


def metric_option(help_text: str) -> Callable[[F], F]:
    """Return a decorator that adds `--metric`, which may be given several times, as the parameter `metrics`."""
    return click.option("--metric", "metrics", type=click.Choice(METRIC_NAMES), multiple=True, help=help_text)
