"""A report's folder: only what changed is written, nobody else's files are touched, and a kill leaves a whole site."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from selectolax.lexbor import LexborHTMLParser

from scholar_etl.errors import LockedError, MissingWarehouseError, ReportError, UsageError
from scholar_etl.model import Metrics, Observation, Paper, Profile, WatchedAuthor
from scholar_etl.report import Built, build_report
from scholar_etl.report.folder import MANIFEST, opened
from scholar_etl.store import Warehouse

START = datetime(2026, 3, 1, 5, tzinfo=UTC)


def observe(author: int, day: int, h_index: int, *, title: str = "On Engines", version: int = 1) -> Observation:
    """Return an author's page of a day."""
    return Observation(
        author_id=f"scholarfeed:{author}",
        observed_at=START + timedelta(days=day, minutes=author),
        profile=Profile(
            f"Author {author}",
            metrics=Metrics(h_index=h_index, citation_count=100 + h_index),
            papers=(Paper(1, title, paper_id="arxiv:2205.14807", authors=("Ada",)),),
            listing_complete=True,
        ),
        capture_id=str(UUID(int=1_000 * author + day)),
        run_id="run",
        extractor_version=version,
        source="scholarfeed",
        url=f"https://example.org/author/{author}",
    )


class Reported:
    """A warehouse and the report of it."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "scholar.duckdb"
        self.site = folder / "site"

    def load(self, *observations: Observation, tags: Iterable[tuple[int, str]] = ((1, "Logic"), (2, "Logic"))) -> None:
        """Take in pages, with the watchlist's tags as they are then."""
        with Warehouse(self.warehouse) as warehouse:
            warehouse.load(observations)
            warehouse.sync_watch(
                WatchedAuthor(f"scholarfeed:{key}", "scholarfeed", str(key), None, (tag,)) for key, tag in tags
            )

    def build(self) -> Built:
        """Bring the report up to date."""
        return build_report(self.warehouse, self.site)

    def files(self, site: Path | None = None) -> dict[str, bytes]:
        """Return every file's content by its path."""
        site = site or self.site
        return {str(file.relative_to(site)): file.read_bytes() for file in site.rglob("*") if file.is_file()}

    def inodes(self) -> dict[str, int]:
        """Return which file lies at each path: a file that is written anew is another one."""
        return {str(file.relative_to(self.site)): file.stat().st_ino for file in self.site.rglob("*")}

    def fresh(self) -> dict[str, bytes]:
        """Return the files of a report that is made anew."""
        site = self.site.with_name("fresh")
        build_report(self.warehouse, site)
        made = self.files(site)
        for file in sorted(site.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        site.rmdir()
        return made


@pytest.fixture
def reported(tmp_path: Path) -> Reported:
    """Return two authors' first three days, and no report yet."""
    reported = Reported(tmp_path)
    reported.load(*(observe(author, day, 7) for author in (1, 2) for day in range(3)))
    return reported


def check_links(site: Path) -> int:
    """Follow every link from the front page on, each to a file that is there; return how many files it leads to."""
    front = site / "index.html"
    reached, left = {front}, [front]
    while left:
        page = left.pop()
        for node in LexborHTMLParser(page.read_bytes()).css("[href], [src]"):
            parts = urlsplit(node.attributes.get("href") or node.attributes.get("src") or "")
            target = (page.parent / parts.path).resolve()
            if parts.path and not parts.scheme and target not in reached:
                assert target.is_file(), f"{page} leads to {parts.path}"
                reached.add(target)
                left += [target] if target.suffix == ".html" else []
    return len(reached)


def test_a_report_is_a_function_of_the_file(reported: Reported) -> None:
    """Made twice it is the same byte for byte, and the second time nothing is written."""
    built = reported.build()
    assert (built.authors, built.written, built.removed) == (2, built.files, 0)
    assert check_links(reported.site) == built.files - 1  # all but what the search loads
    before, inodes = reported.files(), reported.inodes()
    assert reported.build() == Built(2, built.files, 0, 0)
    assert reported.inodes() == inodes
    assert reported.fresh() == before


CHANGES = {
    "a metric": lambda: [observe(1, 3, 8), observe(2, 3, 7)],
    "a paper": lambda: [observe(1, 3, 7, title="On Looms"), observe(2, 3, 7)],
    "a late page": lambda: [replace(observe(1, 1, 5), observed_at=START + timedelta(hours=30))],
    "a newer reading": lambda: [observe(1, 1, 9, version=2)],
    "a newer reading of papers": lambda: [observe(1, 1, 7, title="On Looms", version=2)],
    "a name": lambda: [replace(o := observe(1, 3, 7), profile=replace(o.profile, name="Ada"))],
    "a metric that is not shown": lambda: [
        replace(o := observe(1, 3, 7), profile=replace(o.profile, metrics=Metrics(citation_count=107)))
    ],
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_authors_change_writes_that_authors_page_alone(reported: Reported, change: str) -> None:
    """Whatever changed, the result is what a new report would be, and the other author's page is the same file."""
    reported.build()
    before = reported.inodes()
    reported.load(*CHANGES[change]())
    reported.build()
    after = reported.inodes()
    assert before["author/scholarfeed-1.html"] != after["author/scholarfeed-1.html"]
    assert before["author/scholarfeed-2.html"] == after["author/scholarfeed-2.html"]
    assert reported.files() == reported.fresh()


def test_a_newer_reading_is_told_from_news(reported: Reported) -> None:
    """What a newer extractor made of an old page is marked in the plot, in its table, and among the papers."""
    reported.build()
    assert b"read anew" not in reported.files()["author/scholarfeed-1.html"]
    reported.load(observe(1, 1, 9, title="On Looms", version=2))
    reported.build()
    page = reported.files()["author/scholarfeed-1.html"].decode()
    assert page.count('<path class="dot anew"') == 2  # of the h-index and of the citations
    tree = LexborHTMLParser(page)
    causes = [row.css("td")[-1].text() for row in tree.css("figure tbody tr")]
    assert causes.count("read anew by a newer extractor") == 2
    assert tree.css_first("table.happened .note").text() == "read anew by a newer extractor"


def test_readings_that_come_back_to_a_value_change_its_cause_alone(reported: Reported) -> None:
    """No value is another one, yet what was news is a correction now: the page says so."""
    reported.load(observe(1, 3, 8, version=1))
    reported.build()
    reported.load(observe(1, 3, 7, version=2))
    reported.load(observe(1, 3, 8, version=3))
    reported.build()
    assert b"read anew by a newer extractor" in reported.files()["author/scholarfeed-1.html"]
    assert reported.files() == reported.fresh()


def test_a_page_that_says_nothing_new_touches_no_authors_page(reported: Reported) -> None:
    """Only what tells when authors were last seen is written."""
    reported.build()
    before = reported.inodes()
    reported.load(observe(1, 3, 7), observe(2, 3, 7))
    reported.build()
    changed = {path for path, inode in reported.inodes().items() if before.get(path) != inode}
    assert changed == {"authors.html", "index.html", MANIFEST}
    assert reported.files() == reported.fresh()


def test_another_order_of_the_papers_is_no_news(reported: Reported) -> None:
    """A site that ranks anew each day does not have every page written anew each day."""
    papers = [Paper(n, f"On {n}", paper_id=f"arxiv:2205.0000{n}", authors=("Ada",)) for n in (1, 2)]
    for day, order in ((3, papers), (4, papers[::-1])):
        page = observe(1, day, 7)
        ranked = tuple(replace(paper, position=place) for place, paper in enumerate(order, 1))
        reported.load(replace(page, profile=replace(page.profile, papers=ranked)))
        reported.build()
        if day == 3:
            before = reported.inodes()
    assert reported.inodes()["author/scholarfeed-1.html"] == before["author/scholarfeed-1.html"]
    assert reported.files() == reported.fresh()


def test_a_tag_that_is_gone_takes_its_page_along(reported: Reported) -> None:
    """The tag's page and its folder are removed, and the authors' pages no longer lead there."""
    reported.build()
    assert list(reported.site.glob("tag/logic_*.html"))
    reported.load(tags=())
    assert reported.build().removed == 1
    assert not (reported.site / "tag").exists()
    check_links(reported.site)
    assert reported.files() == reported.fresh()


def test_a_missing_page_comes_back(reported: Reported) -> None:
    """A page that somebody deleted is written again, and no other."""
    built = reported.build()
    before = reported.files()
    (reported.site / "author/scholarfeed-1.html").unlink()
    assert reported.build() == Built(2, built.files, 1, 0)
    assert reported.files() == before


def test_files_of_others_in_the_folder_stay(reported: Reported) -> None:
    """Whatever a user puts beside a report's files is left alone, and does not keep the report from being made."""
    reported.build()
    (reported.site / "CNAME").write_text("scholars.example.org")
    (reported.site / "tag" / "notes.txt").write_text("mine")
    reported.load(observe(1, 3, 8), tags=())
    reported.build()
    assert (reported.site / "CNAME").read_text() == "scholars.example.org"
    assert (reported.site / "tag" / "notes.txt").read_text() == "mine"


def test_a_folder_that_is_no_report_is_refused(reported: Reported) -> None:
    """With one line that names it; nothing in it is touched. A file is refused likewise."""
    reported.site.mkdir()
    (reported.site / "thesis.tex").write_text("mine")
    for manifest in (None, "{", "[]", '{"made_by": "scholar-etl export"}', '{"made_by": "scholar-etl report"}'):
        if manifest is not None:
            (reported.site / MANIFEST).write_text(manifest)
        before = reported.files()
        with pytest.raises(UsageError, match="is not empty, and no report: name another folder"):
            reported.build()
        assert reported.files() == before
    with pytest.raises(UsageError, match="is a file"):
        build_report(reported.warehouse, reported.site / "thesis.tex")
    with pytest.raises(UsageError, match="is no place for a report"):
        build_report(reported.warehouse, reported.site / "new", apart_from=[reported.site])


def test_a_manifest_removes_nothing_outside_the_folder(reported: Reported) -> None:
    """Paths that lead out of the folder are no paths of a report, whoever wrote them into the manifest."""
    reported.build()
    outside = [reported.site.with_name("thesis.tex"), reported.site / ".hidden", reported.site / "a" / "b" / "c.txt"]
    for file in outside:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
    manifest = json.loads((reported.site / MANIFEST).read_text())
    names = ["../thesis.tex", str(outside[0]), ".hidden", "a/b/c.txt", "a/../../thesis.tex"]
    manifest["files"] |= dict.fromkeys(names, "digest")
    (reported.site / MANIFEST).write_text(json.dumps(manifest))
    reported.build()
    assert [file.read_text() for file in outside] == ["mine"] * 3


def test_one_build_at_a_time(reported: Reported) -> None:
    """A second one says so and writes nothing."""
    reported.build()
    before = reported.inodes()
    reported.load(observe(1, 3, 8))
    with opened(reported.site), pytest.raises(LockedError, match="is locked by another 'scholar-etl report'"):
        reported.build()
    assert reported.inodes() == before


def test_what_cannot_be_written_is_one_line(reported: Reported) -> None:
    """A file where a folder must be: the error names the folder and what to do, and the next build goes on."""
    reported.build()
    for page in (reported.site / "author").iterdir():
        page.unlink()
    (reported.site / "author").rmdir()
    (reported.site / "author").write_text("in the way")
    with pytest.raises(ReportError, match=r"cannot write the report .*/site: .*; mend that, then run the same again"):
        reported.build()
    (reported.site / "author").unlink()
    reported.build()
    assert reported.files() == reported.fresh()


def test_nothing_is_made_where_nothing_was_published(tmp_path: Path) -> None:
    """Without a warehouse there is no folder either."""
    with pytest.raises(MissingWarehouseError):
        build_report(tmp_path / "scholar.duckdb", tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_warehouse_without_an_accepted_page_has_a_report(tmp_path: Path) -> None:
    """It says that nothing is known yet, and has every page that it leads to."""
    reported = Reported(tmp_path)
    reported.load(tags=())
    assert reported.build().authors == 0
    assert b"No page has been accepted yet." in reported.files()["index.html"]
    check_links(reported.site)


_KILLED = """
import os, pathlib, signal, sys
from scholar_etl.report import build_report
left, really = int(sys.argv[3]), {}
def counted(name):
    really[name] = getattr(pathlib.Path, name)
    def call(*arguments, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return really[name](*arguments, **more)
    setattr(pathlib.Path, name, call)
for name in ("replace", "write_bytes", "write_text", "unlink"):
    counted(name)
build_report(sys.argv[1], pathlib.Path(sys.argv[2]))
"""


@pytest.mark.parametrize("is_first", [True, False], ids=["a new report", "an earlier report"])
def test_a_kill_at_any_moment_leaves_a_whole_site(reported: Reported, is_first: bool) -> None:
    """Killed before every other of its steps: no link leads nowhere, and the next build makes what it would have been.

    Where there is no front page yet nothing can lead anywhere.
    """
    if not is_first:
        reported.build()
        reported.load(observe(1, 3, 8), observe(2, 3, 7, title="On Looms"), observe(3, 3, 1), tags=((3, "New"),))
    begun = {} if is_first else reported.files()
    whole = reported.fresh()
    kills = 0
    for steps in range(0, 1_000, 2):
        _put_back(reported.site, begun)
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(reported.warehouse), str(reported.site), str(steps)],
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        kills += 1
        if (reported.site / "index.html").exists():
            check_links(reported.site)
        reported.build()
        assert reported.files() == whole, steps
    assert kills > 8
    assert reported.files() == whole


def _put_back(site: Path, files: dict[str, bytes]) -> None:
    for file in sorted(site.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
    if not files and site.exists():
        site.rmdir()
