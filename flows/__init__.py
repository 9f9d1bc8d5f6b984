"""Prefect at the rim: thin wrappers of the pipeline's steps. Nothing here parses or speaks SQL."""

from __future__ import annotations

import logging
import os
from pathlib import Path

# Where the environment says otherwise, it wins. Prefect reads these when it is first imported.
_PRIVATE = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    # A server of its own takes 9 to 17 s to start on two shared cores.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}


def keep_prefect_private(folder: Path) -> None:
    """Keep Prefect's own data inside the project folder and its telemetry off. Call it before Prefect is imported."""
    os.environ.setdefault("PREFECT_HOME", str(folder / ".prefect"))
    for name, value in _PRIVATE.items():
        os.environ.setdefault(name, value)
    # It warns of its own queue when a run ends early; nobody who refreshes can do anything about that.
    logging.getLogger("EventsWorker").setLevel(logging.ERROR)
