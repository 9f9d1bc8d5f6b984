"""Finding things with a stated cardinality: absence and surplus are errors until the caller says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


class NotFoundOnPageError(Exception):
    """Something that a page must show is not there. `rule` names the check for the problem list."""

    def __init__(self, rule: str, detail: str) -> None:
        self.rule = rule
        self.detail = detail
        super().__init__(f"{rule}: {detail}")


class AmbiguousOnPageError(NotFoundOnPageError):
    """Several candidates say different things, and nothing on the page decides between them."""


def one(candidates: Iterable[T], what: str, rule: str) -> T:
    """Return the only candidate. Equal candidates count once."""
    found = maybe(candidates, what)
    if found is None:
        raise NotFoundOnPageError(rule, f"no {what} on the page")
    return found


def maybe(candidates: Iterable[T], what: str) -> T | None:
    """Return the only candidate, None when there is none. Equal candidates count once."""
    distinct = list(dict.fromkeys(candidates))
    if len(distinct) > 1:
        shown = ", ".join(repr(c) for c in distinct[:4])
        raise AmbiguousOnPageError("ambiguous", f"{len(distinct)} different candidates for {what}: {shown}")
    return distinct[0] if distinct else None


def many(candidates: Iterable[T], what: str, rule: str, *, minimum: int = 1) -> list[T]:
    """Return all candidates, at least `minimum` of them."""
    found = list(candidates)
    if len(found) < minimum:
        raise NotFoundOnPageError(rule, f"{len(found)} {what} on the page, expected at least {minimum}")
    return found
