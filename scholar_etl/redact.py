"""Secrets never reach the archive or a log: what counts as one, and what stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit, urlunsplit

REDACTED = "REDACTED"

_SHORT_WORD = 3

_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "api-key",
        "apikey",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
    }
)
_SECRET_PARAMETER = re.compile(
    r"(?i)((?:^|&)(?:api[-_]?key|key|(?:[a-z]+[-_])?token|secret|client[-_]secret|password|passwd|pwd|auth"
    r"|signature|sig|session(?:[-_]?id)?)=)[^&]*"
)


def redact_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the headers with the values of secret ones replaced; names and order stay."""
    return tuple((name, REDACTED if name.strip().lower() in _SECRET_HEADERS else value) for name, value in headers)


def redact_url(url: str) -> str:
    """Return the address without a user's name and password, and without the values of secret parameters."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no address at all; whoever fetches it says so
        return url
    netloc = parts.netloc.rpartition("@")[2]
    query = _SECRET_PARAMETER.sub(rf"\g<1>{REDACTED}", parts.query)
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def redact_address(text: str, address: str, *, shown: str) -> str:
    """Return a text about an address without any part of it that is longer than a short word, and is not `shown`.

    Where the secret stands in an address differs from service to service: so each part counts as one.
    """
    written = re.split(r"[/:?&=@,;#+\s]+", address.partition("://")[2])
    parts = {form for part in written for form in (part, unquote(part))}
    for part in sorted((part for part in parts if len(part) > _SHORT_WORD and part != shown), key=len, reverse=True):
        text = text.replace(part, REDACTED)
    return text
