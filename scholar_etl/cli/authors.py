"""Which author is meant on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scholar_etl.errors import UnknownAuthorError, UsageError
from scholar_etl.settings import Project
from scholar_etl.watchlist import Watchlist


def find_author_id(wanted: str, project: Project, names: Mapping[str, str]) -> str:
    """Return the author_id that is meant: of the watchlist, or of the warehouse's own past.

    `names` are the names of the warehouse's authors by author_id. Raises `UnknownAuthorError`.
    """
    if wanted in names:
        return wanted
    try:
        return Watchlist(project.watchlist).find(wanted).author_id
    except UnknownAuthorError:
        folded = wanted.casefold()
        known = [
            author_id
            for author_id, name in names.items()
            if (name or "").casefold() == folded or author_id.partition(":")[2] == wanted
        ]
        if len(known) == 1:
            return known[0]
        raise


def find_tagged(tags: Iterable[str], project: Project) -> list[str]:
    """Return the author_ids of those on the watchlist with one of the tags. Raises `UsageError` when nobody has it."""
    authors = Watchlist(project.watchlist).authors
    found: dict[str, None] = {}
    for tag in tags:
        tagged = [author.author_id for author in authors if tag in author.tags]
        if not tagged:
            raise UsageError(f"nobody on the watchlist has the tag {tag!r} (see 'scholar-etl watch list')")
        found |= dict.fromkeys(tagged)
    return list(found)
