"""A shard of a refresh as a Prefect flow: what a worker runs."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from prefect import State, flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.states import Completed

from scholar_etl.pipeline import Shard
from scholar_etl.pipeline import fetch_shard as fetch

from .limits import SharedPace


@flow(name="scholar-etl fetch shard", persist_result=False)
def fetch_shard(shard: Shard, beat_s: float) -> State[Any]:
    """Fetch the pages of a shard, and put them into the shared archive.

    Args:
        shard: the pages, and how and where
        beat_s: seconds between two signs of life
    """
    count = len(shard.assignments)
    with get_client(sync_client=True) as client, Heartbeat(count, beat_s) as heart:
        deferred = fetch(shard, gate=SharedPace(client), on_fetched=heart.advance)
    why = "; ".join(
        sorted({f"{d.reason} (until {d.until:%Y-%m-%d %H:%M} UTC)" if d.until else d.reason for d in deferred})
    )
    return Completed(message=f"{count - len(deferred)} of {count} pages fetched{f', {why}' if why else ''}")


class Heartbeat:
    """Context manager: says every `beat_s` seconds that this process lives, and how many of the pages are done.

    It says so by an artifact of the run, which is to be seen in the UI as well. A thread's work: a page may take long.
    """

    def __init__(self, page_count: int, beat_s: float) -> None:
        self._page_count = page_count
        self._done_count = 0
        self._beat_s = beat_s
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        artifact = create_progress_artifact(0.0, description=self._description())
        assert isinstance(artifact, UUID)  # noqa: S101 - a coroutine only where an event loop runs
        self._thread = threading.Thread(target=self._beat, args=(artifact,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def advance(self, done_count: int) -> None:
        """Note how many pages are done."""
        self._done_count = done_count

    def _beat(self, artifact: UUID) -> None:
        while True:
            is_over = self._is_over.wait(self._beat_s)
            with suppress(Exception):  # whatever it is: a beat is missed, and the work goes on
                update_progress_artifact(artifact, 100 * self._done_count / self._page_count, self._description())
            if is_over:
                return

    def _description(self) -> str:
        return f"{self._done_count} of {self._page_count} pages"
