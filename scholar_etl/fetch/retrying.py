"""What may succeed on a second try, and how long to wait for it. The only retry layer there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import stamina

from scholar_etl.fetch.client import Reply

MAX_ATTEMPTS = 3
LONGEST_WAIT_S = 60.0  # a site that wants a longer pause gets it: this run does not ask again

_TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})


class SecondTryError(Exception):
    """`reply` may be better next time. `wait_s` is the pause that the site asked for, None when it did not.

    Its text is safe to log: stamina does.
    """

    def __init__(self, reply: Reply, wait_s: float | None) -> None:
        self.reply = reply
        self.wait_s = wait_s
        super().__init__(reply.error or f"status {reply.status}")


def raise_if_transient(reply: Reply, now: datetime) -> None:
    """Raise `SecondTryError` when the reply may be better on a second try, within the longest wait."""
    if not (reply.is_transient or (reply.status in _TRANSIENT_STATUSES and reply.error is None)):
        return
    wait_s = retry_after_s(reply.header("retry-after"), now)
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


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3), seconds or an HTTP date; None when it is neither."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000": an unknown zone; HTTP dates are GMT
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0)).total_seconds()


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, SecondTryError):
        return False
    return True if error.wait_s is None else error.wait_s
