"""When a site wants to be asked again: Retry-After, and the headers that tell what is left of a quota."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scholar_etl.fetch.client import Reply

LONGEST_WAIT_S = 60.0
"""A pause up to this is waited out. A site that wants a longer one gets it: this run asks it for nothing more."""

TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})

_REFUSING_STATUSES = TRANSIENT_STATUSES | {403}
_LONGEST_BELIEVED_S = 366 * 86_400.0  # nobody means more, and the calendar ends somewhere
_SPELLINGS = ("x-ratelimit", "ratelimit")  # the usual one, and that of the IETF's drafts up to 07
_NUMBER = re.compile(r"\d{1,15}(\.\d*)?", re.ASCII)

# A reset is told as seconds from now or as a moment since 1970, in seconds or milliseconds; no header says which.
_EPOCH_S_FROM = 1e8
_EPOCH_MS_FROM = 1e11


def wished_pause_s(reply: Reply, now: datetime) -> float | None:
    """Return how many seconds from `now` the site wants no request, None when it does not say.

    An answer that refuses says so by Retry-After; any answer says so when nothing remains until the quota's reset.
    """
    pauses = [_quota_pause_s(reply, now)]
    if reply.status in _REFUSING_STATUSES:
        pauses.append(retry_after_s(reply.header("retry-after"), now))
    return max((min(pause, _LONGEST_BELIEVED_S) for pause in pauses if pause is not None), default=None)


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


def _quota_pause_s(reply: Reply, now: datetime) -> float | None:
    for spelling in _SPELLINGS:
        remaining = _number(reply.header(f"{spelling}-remaining"))
        reset = _number(reply.header(f"{spelling}-reset"))
        if reset is not None and (remaining == 0 or (remaining is None and reply.status == 429)):
            return _seconds_until(reset, now)
    return None


def _number(value: str | None) -> float | None:
    value = (value or "").strip()
    return float(value) if _NUMBER.fullmatch(value) else None


def _seconds_until(reset: float, now: datetime) -> float:
    if reset < _EPOCH_S_FROM:
        return reset
    moment_s = reset / 1000 if reset >= _EPOCH_MS_FROM else reset
    return max(moment_s - now.timestamp(), 0.0)
