"""Pages refused in a row: a guest who is shown the door goes."""

from __future__ import annotations

from scholar_etl.fetch import Fetcher
from scholar_etl.model import Outcome, Request

_BLOCKS_IN_A_ROW = 3


class Refusals:
    """Counts them by source, and lets the fetcher leave a host that refuses three in a row."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._counts: dict[str, int] = {}

    def note(self, request: Request, http_status: int | None, outcome: Outcome) -> None:
        """Take note of what came of a request; `http_status` None is no answer, which says nothing."""
        if outcome is Outcome.BLOCKED:
            self._counts[request.source] = self._counts.get(request.source, 0) + 1
            if self._counts[request.source] == _BLOCKS_IN_A_ROW:
                self._fetcher.leave(request.url, f"{request.source} refused {_BLOCKS_IN_A_ROW} pages in a row")
        elif http_status is not None:
            self._counts[request.source] = 0
