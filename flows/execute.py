"""One run of Prefect's, executed in this process: what `serve` starts for each."""

from __future__ import annotations

import os
import threading
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow

from .deployments import FLOWS
from .events import hand_over


def execute(run_id: UUID) -> None:
    """Run it to its end, which Prefect is told. Ends at once when standard input does: whoever started it is gone."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
        flow = FLOWS[client.read_flow(run.flow_id).name]
    run_flow(flow, flow_run=run, return_type="state")
    hand_over()


def _end_with_input() -> None:
    # Not sys.stdin: its lock, held at the interpreter's end, would make that a crash.
    while os.read(0, 1024):
        pass
    os._exit(1)  # as if killed, which a run survives at any point; a new `serve` need not wait for it
