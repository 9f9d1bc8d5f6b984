"""Which files a report has, and writing those that would say something else than they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from scholar_etl.errors import UsageError
from scholar_etl.report import feed, render
from scholar_etl.report.folder import opened
from scholar_etl.report.history import AuthorHistory, Row, read_histories
from scholar_etl.report.overview import Window, is_in_need, look_back
from scholar_etl.report.plot import Axis, Scale, draw
from scholar_etl.store import connect, new_papers, quarantined, read_jumps, read_status, recent_runs, report_authors
from scholar_etl.text import short_line

if TYPE_CHECKING:
    import duckdb

_SPANS = (timedelta(days=7), timedelta(days=30))
_AUTHORS_ON_A_PAGE = 500
_SHOWN_PAPERS = 25
_SHOWN_JUMPS = 25
_SHOWN_RUNS = 10
_SHOWN_HELD = 50
_LONGEST_NAME = 200
_FRONT = "index.html"


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: how many authors and files the report has, how many files were written and removed."""

    authors: int
    files: int
    written: int
    removed: int


def build_report(
    path: Path | str,
    folder: Path,
    *,
    since: timedelta | None = None,
    apart_from: Iterable[Path] = (),
    on_start: Callable[[int], None] = lambda _: None,
    on_file: Callable[[], None] = lambda: None,
) -> Built:
    """Make a report of the warehouse published at `path` in `folder`, or bring the one there up to date.

    It looks back over the 7 and the 30 days before the newest page, or over `since`. `folder` is missing, empty or an
    earlier report, and lies in none of the folders `apart_from`. `on_start` is told how many files are to be written,
    `on_file` when one is. Raises `UsageError`, `MissingWarehouseError`, `WarehouseError`, `LockedError` or
    `ReportError`.
    """
    for place in apart_from:
        if folder.resolve().is_relative_to(place.resolve()):
            raise UsageError(f"{folder} lies in {place}, which is no place for a report: name another folder")
    with connect(path) as connection, opened(folder) as report:
        pages = _Pages(connection, (since,) if since is not None else _SPANS)
        program = render.program_digest()
        others = {**render.assets(), **pages.others()}
        wanted = {name: _digest(content) for name, content in others.items()}
        by_path = {render.author_path(author["author_id"]): author for author in pages.authors}
        wanted |= {name: _digest(program, author["digest"]) for name, author in by_path.items()}
        new, changed = report.begin(wanted)
        on_start(len(new) + len(changed))
        for stale in (new, changed):
            for name, content in chain(
                pages.of_authors(author for name, author in by_path.items() if name in stale),
                ((name, content) for name, content in others.items() if name in stale),
            ):
                report.write(name, content)
                on_file()
        return Built(len(pages.authors), len(wanted), len(new) + len(changed), report.finish())


def _digest(*parts: str | bytes) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
    return digest.hexdigest()


class _Pages:
    """The report's pages by their paths, made from an open warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, spans: Sequence[timedelta]) -> None:
        self._connection = connection
        self._spans = spans
        self._environment = render.environment()
        names = {name.rpartition(".")[2]: name for name in render.assets()}
        self._environment.globals.update(assets=names)
        self.authors = report_authors(connection)

    def others(self) -> dict[str, bytes]:
        """Return all that is not an author's page and not an asset, the front page last."""
        windows = look_back(self._connection, self.authors, self._spans)
        by_tag: dict[str, list[Row]] = defaultdict(list)
        for author in self.authors:
            for tag in sorted(set(author["tags"])):
                by_tag[tag].append(author)
        return {
            **dict(self._tags(by_tag, windows)),
            **dict(self._lists()),
            "search.js": self._search(by_tag),
            "feed.xml": self._feed(),
            _FRONT: self._overview(windows, by_tag),
        }

    def of_authors(self, authors: Iterable[Row]) -> Iterator[tuple[str, bytes]]:
        """Yield the path and the text of these authors' pages."""
        held = defaultdict(list)
        for row in quarantined(self._connection):
            held[row["author_id"]].append(row)
        for history in read_histories(self._connection, authors):
            author_id = history.author["author_id"]
            text = self._render("author.html.j2", root="../", history=history, held=held[author_id],
                                plots=list(_plots(history)), axis=_axis(history))  # fmt: skip
            yield render.author_path(author_id), text

    def _overview(self, windows: Sequence[Window], by_tag: dict[str, list[Row]]) -> bytes:
        status = read_status(self._connection)
        now = max((author["last_seen_at"] for author in self.authors), default=None)
        return self._render(
            "overview.html.j2",
            root="",
            now=now,
            authors=self.authors,
            windows=windows,
            jumps=read_jumps(self._connection, windows[-1].start)[:_SHOWN_JUMPS] if windows else [],
            papers=new_papers(self._connection, windows[-1].start, _SHOWN_PAPERS) if windows else [],
            tags=sorted(by_tag.items()),
            runs=recent_runs(self._connection, _SHOWN_RUNS),
            status=status,
            in_need=[row for row in status.freshness if now is None or is_in_need(row, now)],
            held=quarantined(self._connection)[:_SHOWN_HELD],
        )

    def _tags(self, by_tag: dict[str, list[Row]], windows: Sequence[Window]) -> Iterator[tuple[str, bytes]]:
        for tag, members in by_tag.items():
            window = windows[-1]  # the longest: where there is a tag there is an author
            movers = window.shown_of(member["author_id"] for member in members)
            text = self._render("tag.html.j2", root="../", tag=tag, authors=members, window=window, movers=movers)
            yield render.tag_path(tag), text

    def _lists(self) -> Iterator[tuple[str, bytes]]:
        size = _AUTHORS_ON_A_PAGE
        parts = [self.authors[first : first + size] for first in range(0, max(len(self.authors), 1), size)]
        paths = ["authors.html", *(f"authors-{number}.html" for number in range(2, len(parts) + 1))]
        for number, (path, part) in enumerate(zip(paths, parts, strict=True)):
            yield path, self._render("authors.html.j2", root="", authors=part, paths=paths, number=number)

    def _feed(self) -> bytes:
        runs = recent_runs(self._connection, 1)
        moments = feed.newest_moments(self._connection, self.authors)
        return self._render(
            "feed.xml.j2",
            id=feed.feed_id(runs[0]["first_run_id"] if runs else None),
            moments=moments,
            entry_id=feed.entry_id,
            headline=feed.headline,
        )

    def _search(self, by_tag: dict[str, list[Row]]) -> bytes:
        """Return the script that hands what can be found to the page: a file cannot read another one otherwise."""
        found = [
            [
                short_line(author["name"], _LONGEST_NAME),
                short_line(" ".join([author["author_id"], *author["tags"]]), _LONGEST_NAME),
                render.author_path(author["author_id"]),
            ]
            for author in self.authors
        ]
        found += [[short_line(f"#{tag}", _LONGEST_NAME), "", render.tag_path(tag)] for tag in sorted(by_tag)]
        return f"scholarFound({render.script_json(found)});\n".encode()

    def _render(self, template: str, **values: Any) -> bytes:
        return self._environment.get_template(template).render(values).encode()


@dataclass(frozen=True, slots=True)
class _Plot:
    """One metric's rows of `metric_history`, and their plot on a scale."""

    metric: str
    rows: Sequence[Row]
    scale: Scale
    svg: Markup


def _axis(history: AuthorHistory) -> Axis:
    return Axis(history.author["first_seen_at"], history.author["last_news_at"])


def _plots(history: AuthorHistory) -> Iterator[_Plot]:
    axis = _axis(history)
    for metric, rows in history.metrics.items():
        scale = Scale.of([row["value"] for row in rows])
        yield _Plot(metric, rows, scale, draw(rows, axis, scale))
