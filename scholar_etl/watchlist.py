"""The watchlist: the authors a project follows, kept in `watchlist.toml` with its comments."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tomlkit

from scholar_etl.errors import ConfigError, MissingProjectError, UnknownAuthorError, UsageError
from scholar_etl.model import WatchedAuthor
from scholar_etl.sources import SOURCES, Source

_AUTHOR_KEYS = ("name", "tags")


class Watchlist:
    """An open `watchlist.toml`. Edits are made in its text, so that comments stay, and kept in memory until `save`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise MissingProjectError(file) from None
        except OSError as error:
            raise ConfigError(file, f"cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(file, f"cannot be read: {error}") from error
        self.authors = self._read(self._text)

    def find(self, wanted: str) -> WatchedAuthor:
        """Return the author of that `author_id`, bare id, profile address or label. Raises `UnknownAuthorError`."""
        folded = wanted.casefold()
        matches = [
            a for a in self.authors if wanted in (a.author_id, a.key) or (a.label and folded == a.label.casefold())
        ]
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
        # "author = []", an empty list in its other spelling, forbids entries.
        text = re.sub(r"(?m)^author\s*=\s*\[\s*\]\s*?\n?", "", self._text) if not self.authors else self._text
        self._edit(_with_entry(text, author), [*self.authors, author], f"add {author.author_id}")
        return author

    def remove(self, wanted: str) -> WatchedAuthor:
        """Drop an author from the list; history and archive keep theirs. Raises `UnknownAuthorError`."""
        author = self.find(wanted)
        text = _without_entry(self._text, self.authors.index(author))
        self._edit(text, [a for a in self.authors if a != author], f"take the entry of {author.author_id} out")
        return author

    def save(self) -> None:
        """Write the file atomically: a reader sees the old list or the new one."""
        target = self.file.resolve()  # a link stays a link
        try:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            temporary = Path(name)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    stream.write(self._text)
                    stream.flush()
                    os.fsync(stream.fileno())
                temporary.chmod(target.stat().st_mode & 0o777)
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ConfigError(self.file, f"cannot be written: {error.strerror or error}") from error

    def _edit(self, text: str, authors: list[WatchedAuthor], what: str) -> None:
        """Take an edited text when it says what it should, whatever stood in it that we did not foresee."""
        try:
            is_right = self._read(text) == authors
        except ConfigError:
            is_right = False
        if not is_right:
            raise ConfigError(self.file, f"cannot be edited safely: {what} by hand")
        self._text, self.authors = text, authors

    def _read(self, text: str) -> list[WatchedAuthor]:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(self.file, f"is not valid TOML: {error}") from error
        unknown = [key for key in document if key != "author"]
        if unknown:
            raise ConfigError(self.file, f"unknown key {unknown[0]!r}: known here is [[author]]")
        entries = document.get("author", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ConfigError(self.file, "'author' is no list of entries that begin with a line [[author]]")
        authors: dict[str, WatchedAuthor] = {}
        for number, entry in enumerate(entries, start=1):
            author = self._author(entry, number)
            if author.author_id in authors:
                raise ConfigError(self.file, f"author {number}: {author.author_id} is listed twice")
            authors[author.author_id] = author
        return list(authors.values())

    def _author(self, values: dict[str, Any], number: int) -> WatchedAuthor:
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


def _with_entry(text: str, author: WatchedAuthor) -> str:
    """Return the text of a watchlist with one more entry, at its end."""
    entry = tomlkit.table()
    if author.label:
        entry.add("name", author.label)
    entry.add(author.source, int(author.key) if author.key.isdigit() else author.key)
    if author.tags:
        entry.add("tags", list(author.tags))
    entries = tomlkit.aot()
    entries.append(entry)
    gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}{tomlkit.dumps({'author': entries})}"


def _without_entry(text: str, index: int) -> str:
    """Return the text of a watchlist without one entry; comments above and below it stay."""
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*author\s*\]\]", line)]
    start, end = [*heads, len(lines)][index : index + 2]
    while lines[end - 1].lstrip().startswith("#") or not lines[end - 1].strip():
        end -= 1
    if end < len(lines) and not lines[end].strip():
        end += 1
    return "".join(lines[:start] + lines[end:])


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
