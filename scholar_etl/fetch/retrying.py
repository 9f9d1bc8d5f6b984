"""What may succeed on a second try, and how long to wait for it. The only retry layer there is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import stamina

from scholar_etl.fetch.client import Reply
from scholar_etl.fetch.ratelimits import LONGEST_WAIT_S, TRANSIENT_STATUSES

MAX_ATTEMPTS = 3


class SecondTryError(Exception):
    """`reply` may be better next time. `wait_s` is the pause that the site asked for, None when it did not.

    Its text is safe to log: stamina does.
    """

    def __init__(self, reply: Reply, wait_s: float | None) -> None:
        self.reply = reply
        self.wait_s = wait_s
        super().__init__(reply.error or f"status {reply.status}")


def raise_if_transient(reply: Reply, wait_s: float | None) -> None:
    """Raise `SecondTryError` when the reply may be better on a second try, after `wait_s` or a pause of our own."""
    if not (reply.is_transient or (reply.status in TRANSIENT_STATUSES and reply.error is None)):
        return
    if wait_s is None or wait_s <= LONGEST_WAIT_S:
        raise SecondTryError(reply, wait_s)


def attempts() -> AsyncIterator[stamina.Attempt]:
    """Iterate over attempts: each a context manager that swallows a `SecondTryError` while tries are left."""
    return aiter(
        stamina.retry_context(
            on=_backoff,
            attempts=MAX_ATTEMPTS,
            timeout=None,  # bounded by the attempts, each of which is bounded in time
            wait_initial=1.0,
            wait_max=15.0,
            wait_jitter=1.0,
        )
    )


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, SecondTryError):
        return False
    return True if error.wait_s is None else error.wait_s
