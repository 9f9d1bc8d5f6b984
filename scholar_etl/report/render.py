"""Templates to text. Whatever a template prints comes out as one harmless line, escaped: scraped text is hostile."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scholar_etl.fields import METRIC_WORDS, describe_cause
from scholar_etl.text import one_line, short_line

_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}]+", re.IGNORECASE)
_ARXIV = re.compile(r"arxiv:(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})")
_PLAIN_AUTHOR = re.compile(r"[a-z0-9]{1,40}:[a-z0-9]{1,40}")
_PLAIN_TAG = re.compile(r"(?!.{41})[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_STEM = 40
_MINUS = "\N{MINUS SIGN}"
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class _Entry(Protocol):
    """A file or a folder of the package."""

    name: str


def author_path(author_id: str) -> str:
    """Return where an author's page lies in the report."""
    return f"author/{_stem(author_id, _PLAIN_AUTHOR)}.html"


def tag_path(tag: str) -> str:
    """Return where a tag's page lies in the report."""
    return f"tag/{_stem(tag, _PLAIN_TAG)}.html"


def _stem(key: str, plain: re.Pattern[str]) -> str:
    """Return a file name for any text, no two alike, in small letters: some file systems take capitals for them."""
    if plain.fullmatch(key):
        return key.replace(":", "-")
    words = "-".join(re.findall(r"[a-z0-9]+", key.lower()))[:_LONGEST_STEM].strip("-")
    return f"{words}_{blake2b(key.encode(), digest_size=8).hexdigest()}"


def link(url: str | None) -> str | None:
    """Return an address that a page may lead to: of http or https and nothing else; None for any other text."""
    return url if url and url.isprintable() and _LINK.fullmatch(url) else None


def paper_link(paper_id: str) -> str | None:
    """Return the address of a paper on arXiv, None when it is not known by one."""
    match = _ARXIV.fullmatch(paper_id)
    return f"https://arxiv.org/abs/{match[1]}" if match else None


def script_json(value: Any) -> str:
    """Return a value as JSON that ends no script, opens no comment, and breaks no line, wherever it stands."""
    return re.sub("[<>&\u2028\u2029]", lambda found: _IN_SCRIPT[found[0]], json.dumps(value, ensure_ascii=False))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,}".replace("-", _MINUS)


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+,}".replace("-", _MINUS)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+,.1f} %".replace("-", _MINUS)


def iso(moment: datetime) -> str:
    """Return an aware moment in ISO 8601, in UTC, as RFC 3339 and HTML have it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(moment: datetime) -> Markup:
    return _time(moment, f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}")


def _day(moment: datetime) -> Markup:
    return _time(moment, f"{moment.astimezone(UTC):%Y-%m-%d}")


def _time(moment: datetime, shown: str) -> Markup:
    return Markup(f'<time datetime="{iso(moment)}">{shown}</time>')  # noqa: S704 - made of numbers


def _value(value: Any) -> str:
    """Return a field of a paper for a person."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, list) else str(value)


def _harmless(value: Any) -> Any:
    """Make what a template prints one harmless line, unless it is markup already."""
    return value if isinstance(value, Markup) else one_line(str(value))


def environment() -> Environment:
    """Return Jinja's environment for the report's templates."""
    made = Environment(
        loader=PackageLoader("scholar_etl.report"),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=_number, signed=_signed, percent=_percent, moment=_moment, day=_day, value=_value, short=short_line,
        iso=iso, link=link, paper_link=paper_link, author_path=author_path, tag_path=tag_path, cause=describe_cause,
    )  # fmt: skip
    made.globals.update(words=METRIC_WORDS)
    return made


def program_digest() -> str:
    """Return the digest of everything in this package: pages that another version of it made are made anew."""
    digest = blake2b(digest_size=16)

    def add(folder: Any) -> None:
        for entry in sorted(folder.iterdir(), key=_name):
            if entry.is_dir():
                add(entry)
            elif not entry.name.endswith(".pyc"):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())

    add(files("scholar_etl.report"))
    return digest.hexdigest()


def _name(entry: _Entry) -> str:
    return entry.name


def assets() -> Mapping[str, bytes]:
    """Return the files that pages load, by path; their names change with their content. Keys end in .css, .js, .svg."""
    found = {}
    for entry in files("scholar_etl.report").joinpath("assets").iterdir():
        stem, _, ending = entry.name.rpartition(".")
        content = entry.read_bytes()
        found[f"assets/{stem}-{blake2b(content, digest_size=4).hexdigest()}.{ending}"] = content
    return found
