"""The sites we read: one module each, pure functions from bytes to what the page shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from scholar_etl.model import Outcome, Problem, Profile
from scholar_etl.sources import scholarfeed


@dataclass(frozen=True, slots=True)
class Source:
    """One site: how its authors are addressed, and how a page of it is read.

    `key_pattern` matches an author's id, `url_pattern` a profile's address (group `key`), `path` makes one from
    an id. `read(body, url, fetched_at)` gives (outcome, profile as printed, problems) and raises nothing.
    Raise `extractor_version` when any page may be read differently than before.
    """

    name: str
    key_pattern: str
    key_help: str
    url_pattern: str
    path: str
    extractor_version: int
    read: Callable[[bytes, str | None, datetime], tuple[Outcome, Profile | None, list[Problem]]]

    def author_url(self, base_url: str, key: str) -> str:
        """Return the address of an author's page."""
        return f"{base_url}{self.path.format(key=key)}"

    def key_in(self, url: str) -> str | None:
        """Return whose page an address is by the end of its path, whatever the host; None when it is no author's."""
        match = re.fullmatch(rf".*{self.path_pattern}", urlsplit(url).path)
        return match["key"] if match else None

    @property
    def path_pattern(self) -> str:
        """The path of a profile's address, with or without a slash at its end, as a pattern with the group `key`."""
        path = re.escape(self.path).replace(re.escape("{key}"), f"(?P<key>{self.key_pattern})")
        return f"{path}/?"


SOURCES: dict[str, Source] = {
    "scholarfeed": Source(
        name="scholarfeed",
        key_pattern=r"[1-9][0-9]{0,17}",
        key_help="the number in the profile's address, such as 1234567",
        url_pattern=r"https?://(?:www\.)?scholarfeed\.org/author/(?P<key>[1-9][0-9]{0,17})/?(?:[?#].*)?",
        path="/author/{key}",
        extractor_version=scholarfeed.EXTRACTOR_VERSION,
        read=scholarfeed.read_page,
    ),
}
