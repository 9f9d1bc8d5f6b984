"""The watchlist: the authors a project follows, kept in `watchlist.toml` with its comments."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from scholar_etl.errors import ConfigError, UnknownAuthorError, UsageError
from scholar_etl.model import WatchedAuthor
from scholar_etl.sources import SOURCES, Source

_AUTHOR_KEYS = ("name", "tags")


class Watchlist:
    """An open `watchlist.toml`. Edits stay in memory until `save`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ConfigError(file, "no such file: run 'scholar-etl init' to create it") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(file, f"cannot be read: {error}") from error
        try:
            self._document = tomlkit.parse(text)
        except TOMLKitError as error:
            raise ConfigError(file, f"is not valid TOML: {error}") from error
        self.authors = self._read()

    def find(self, wanted: str) -> WatchedAuthor:
        """Return the author of that `author_id`, bare id, profile address or label. Raises `UnknownAuthorError`."""
        folded = wanted.casefold()
        matches = [a for a in self.authors if wanted in (a.author_id, a.key) or folded == (a.label or "").casefold()]
        if not matches and "/" in wanted:
            source, key = parse_reference(wanted)
            matches = [a for a in self.authors if a.author_id == f"{source.name}:{key}"]
        if not matches:
            raise UnknownAuthorError(wanted)
        if len(matches) > 1:
            ids = ", ".join(a.author_id for a in matches)
            raise UsageError(f"{wanted!r} names {len(matches)} authors on the watchlist: say which of {ids}")
        return matches[0]

    def add(self, reference: str, *, label: str | None = None, tags: Iterable[str] = ()) -> WatchedAuthor | None:
        """Append an author; return None when already there. Raises `UsageError` on a reference that is none."""
        source, key = parse_reference(reference)
        author = WatchedAuthor(f"{source.name}:{key}", source.name, key, label, tuple(tags))
        if any(a.author_id == author.author_id for a in self.authors):
            return None
        entry = tomlkit.table()
        if label:
            entry.add("name", label)
        entry.add(source.name, int(key) if key.isdigit() else key)
        if author.tags:
            entry.add("tags", list(author.tags))
        if "author" not in self._document:
            self._document.add("author", tomlkit.aot())
        self._entries().append(entry)
        self.authors.append(author)
        return author

    def remove(self, wanted: str) -> WatchedAuthor:
        """Drop an author from the list; history and archive keep theirs. Raises `UnknownAuthorError`."""
        author = self.find(wanted)
        index = self.authors.index(author)
        del self._entries()[index]
        if not self._entries():
            del self._document["author"]
        del self.authors[index]
        return author

    def save(self) -> None:
        """Write the file atomically: a reader sees the old list or the new one."""
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=f".{self.file.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(tomlkit.dumps(self._document))
                stream.flush()
                os.fsync(stream.fileno())
            if self.file.exists():
                temporary.chmod(self.file.stat().st_mode & 0o777)
            temporary.replace(self.file)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise ConfigError(self.file, f"cannot be written: {error}") from error

    def _entries(self) -> AoT:
        entries = self._document["author"]
        assert isinstance(entries, AoT)  # noqa: S101 - _read refused anything else
        return entries

    def _read(self) -> list[WatchedAuthor]:
        unknown = [key for key in self._document if key != "author"]
        if unknown:
            raise ConfigError(self.file, f"unknown key {unknown[0]!r}: known here is [[author]]")
        entries = self._document.get("author", [])
        if entries and not isinstance(entries, AoT):
            raise ConfigError(self.file, "'author' is one table, expected entries that begin with [[author]]")
        authors: list[WatchedAuthor] = []
        for number, entry in enumerate(entries, start=1):
            author = self._author(entry, number)
            if any(a.author_id == author.author_id for a in authors):
                raise ConfigError(self.file, f"author {number}: {author.author_id} is listed twice")
            authors.append(author)
        return authors

    def _author(self, entry: Table, number: int) -> WatchedAuthor:
        values = entry.unwrap()
        for key in values:
            if key not in _AUTHOR_KEYS and key not in SOURCES:
                known = ", ".join((*_AUTHOR_KEYS, *SOURCES))
                raise ConfigError(self.file, f"author {number}: unknown key {key!r}: known here are {known}")
        sources = [name for name in SOURCES if name in values]
        if len(sources) != 1:
            raise ConfigError(
                self.file, f"author {number}: expected one line with the id, such as scholarfeed = 1234567"
            )
        source = SOURCES[sources[0]]
        key = str(values[source.name])
        if isinstance(values[source.name], bool) or not re.fullmatch(source.key_pattern, key):
            raise ConfigError(self.file, f"author {number}: {source.name} = {key!r}, expected {source.key_help}")
        label, tags = values.get("name"), values.get("tags", [])
        if label is not None and not isinstance(label, str):
            raise ConfigError(self.file, f"author {number}: name = {label!r}, expected text")
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise ConfigError(self.file, f'author {number}: tags = {tags!r}, expected a list such as ["speech"]')
        return WatchedAuthor(f"{source.name}:{key}", source.name, key, label, tuple(tags))


def parse_reference(reference: str) -> tuple[Source, str]:
    """Read a profile's address, an `author_id` or a bare id. Raises `UsageError` when it is none of them."""
    text = reference.strip()
    for source in SOURCES.values():
        key = text.removeprefix(f"{source.name}:")
        if re.fullmatch(source.key_pattern, key):
            return source, key
        match = re.fullmatch(source.url_pattern, text)
        if match:
            return source, match["key"]
    raise UsageError(
        f"{reference!r} is no author: expected a profile's address such as "
        "https://www.scholarfeed.org/author/1234567, or the number in it"
    )
