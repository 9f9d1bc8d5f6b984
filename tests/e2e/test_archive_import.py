"""Pages that other tools saved: WARC files of several makes become captures at their own dates."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from testbed import ADA, BEN, HISTORY, Bench
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scholar_etl.demo import facts
from scholar_etl.demo.answer import author_page
from scholar_etl.demo.site import DemoSite

SITE = "https://www.scholarfeed.org"
DAY = datetime(2019, 5, 3, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """A record to be written: an author's page with some citations, at a date, in one of the forms on the wire."""

    key: int = ADA
    citations: int = 100
    at: datetime = DAY
    url: str | None = None
    form: str = "plain"
    status: str = "200 OK"

    def body(self) -> bytes:
        """Return the page as bytes of HTML."""
        profile = facts.first_profile(self.key)
        # Older than any page of 2019, so that no paper is of the future then.
        papers = tuple(replace(p, published_on=date(2018, 1, 1)) for p in profile.papers[:3])
        metrics = replace(profile.metrics, paper_count=3, h_index=3, citation_count=self.citations)
        profile = replace(profile, papers=papers, heading_count=3, metrics=metrics)
        return gzip.decompress(author_page(profile, key=self.key, today=date(2019, 5, 3), markup="table").body)

    def http(self) -> tuple[list[tuple[str, str]], bytes]:
        """Return headers and payload as this form has them."""
        body = self.body()
        headers = [("Content-Type", "text/html; charset=utf-8"), ("ETag", f'"{self.citations}"')]
        match self.form:
            case "plain":
                return headers, body
            case "gzip":
                return [*headers, ("Content-Encoding", "gzip")], gzip.compress(body)
            case "gzip in chunks":
                packed = gzip.compress(body)
                chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (packed[:1000], packed[1000:]))
                extra = [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
                return headers + extra, chunks + b"0\r\n\r\n"
            case "decoded, headers left":
                return [*headers, ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")], body
            case "decoded, headers renamed":
                return [*headers, ("X-Crawler-Content-Encoding", "gzip"), ("Content-Length", str(len(body)))], body
        raise AssertionError(self.form)


def record_id(number: int) -> str:
    """Return the id of a record."""
    return f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"


def write_warc(
    path: Path,
    pages: Sequence[Page | tuple[Page, dict[str, str]]],
    *,
    version: str = "1.1",
    packed: bool = True,
    first: int = 1,
) -> Path:
    """Write a WARC file with a record a page; given with headers, a page is a revisit that holds no payload."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed, warc_version=version)
    writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another tool"}))
    for number, entry in enumerate(pages, start=first):
        page, revisit = entry if isinstance(entry, tuple) else (entry, None)
        headers, payload = page.http()
        dated = {"WARC-Date": f"{page.at:%Y-%m-%dT%H:%M:%SZ}", "WARC-Record-ID": record_id(number)}
        writer.write_record(
            writer.create_warc_record(
                page.url or f"{SITE}/author/{page.key}",
                "response" if revisit is None else "revisit",
                payload=io.BytesIO(b"" if revisit is not None else payload),
                length=0 if revisit is not None else len(payload),
                warc_headers_dict=dated | (revisit or {}),
                http_headers=StatusAndHeaders(page.status, headers, protocol="HTTP/1.1"),
            )
        )
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def warc(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a WARC file and names it."""

    def write(name: str, *pages: Page | tuple[Page, dict[str, str]], **form: object) -> str:
        return str(write_warc(tmp_path / name, pages, **form))  # type: ignore[arg-type]

    return write


def citations(bench: Bench, key: int = ADA) -> list[tuple[int, str]]:
    """Return an author's citations, and since when they held."""
    rows = bench.rows("from author_metrics where metric = 'citation_count' order by valid_from")
    own = [row for row in rows if row["author_id"] == f"scholarfeed:{key}"]
    return [(row["value"], row["valid_from"].isoformat()) for row in own]


FORMS = ["plain", "gzip", "gzip in chunks", "decoded, headers left", "decoded, headers renamed"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("packing", ["a record", "a file", "none"])
def test_every_make_of_file_is_read(
    bench: Bench, warc: Callable[..., str], tmp_path: Path, form: str, version: str, packing: str
) -> None:
    """Whatever the version, the packing and the form on the wire: the page is accepted at the date of its record."""
    file = warc("pages.warc.gz", Page(form=form), version=version, packed=packing == "a record")
    if packing == "a file":
        Path(file).write_bytes(gzip.compress(Path(file).read_bytes()))
    done = bench("archive", "import", file)
    assert (done.code, done.out) == (0, "")
    assert done.error.endswith("1 captures taken in, 1 of them accepted; 0 known already, 0 of other pages")
    assert citations(bench) == [(100, "2019-05-03T12:00:00")]


def test_history_reaches_back_before_the_first_run(refreshed: Bench, warc: Callable[..., str]) -> None:
    """Old pages stand before the new ones, whatever the order of files; the present is as it was."""
    now = refreshed.rows("select * exclude (first_seen_at) from authors order by author_id")
    newer = warc("b.warc.gz", Page(citations=300, at=DAY + timedelta(days=400)), first=1)
    older = warc("a.warc.gz", Page(citations=100), Page(citations=100, at=DAY + timedelta(days=9)), first=10)
    assert refreshed("archive", "import", newer).code == 0
    assert refreshed("archive", "import", older).code == 0
    history = citations(refreshed)
    assert history[:2] == [(100, "2019-05-03T12:00:00"), (300, "2020-06-06T12:00:00")]
    assert len(history) == 3
    assert refreshed.rows("select * exclude (first_seen_at) from authors order by author_id") == now
    kinds = refreshed.rows("select kind, status, author_count, capture_count from runs order by started_at")
    assert [tuple(row.values()) for row in kinds] == [
        ("refresh", "complete", 3, 3),
        ("import", "complete", 1, 1),
        ("import", "complete", 1, 2),
    ]
    for check in (["replay", "--check"], ["archive", "verify"], ["status", "--check"]):
        assert refreshed(*check).code == 0, check


def test_a_repeated_import_changes_nothing(bench: Bench, warc: Callable[..., str], tmp_path: Path) -> None:
    """The same file, and a copy under another name and packing, leave every view and the published file alone."""
    file = warc("one.warc.gz", Page(), Page(BEN, 7))
    assert bench("archive", "import", file).code == 0
    before, archived = bench.published.read_bytes(), bench("archive", "list").out
    copy = tmp_path / "copy.warc"
    copy.write_bytes(gzip.decompress(Path(file).read_bytes()))
    for again in (file, str(copy)):
        done = bench("archive", "import", again)
        assert done.code == 0
        assert done.error.endswith("0 captures taken in, 0 of them accepted; 2 known already, 0 of other pages")
        assert bench.published.read_bytes() == before
    assert bench("archive", "list").out == archived


def test_the_order_of_files_does_not_matter(site: DemoSite, tmp_path: Path, warc: Callable[..., str]) -> None:
    """Any order of the files, and one import or several, give the same history."""
    pages = [Page(citations=n % 2, at=DAY + timedelta(days=n)) for n in range(4)]
    files = [warc(f"{n}.warc.gz", page, first=n + 1) for n, page in enumerate(pages)]
    histories = []
    for number, order in enumerate([(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)]):
        bench = Bench(tmp_path / f"project{number}", site.url)
        for part in (order[: number + 1], order[number + 1 :]):
            assert bench("archive", "import", *(files[n] for n in part)).code == 0
        histories.append(bench.tables(HISTORY))
    assert histories[0] == histories[1] == histories[2]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
def test_a_collapse_is_judged_alike_in_any_order(
    bench: Bench, warc: Callable[..., str], order: tuple[int, ...]
) -> None:
    """A zero that lasts holds from its first page on, one that does not is held, whichever page is found first."""
    shown = [(100, 0), (0, 1), (0, 2), (90, 3)]
    glitch = warc("glitch.warc.gz", Page(citations=0, at=DAY + timedelta(days=4)), first=10)
    files = [warc(f"{day}.warc.gz", Page(citations=n, at=DAY + timedelta(days=day)), first=day + 1) for n, day in shown]
    for file in [*(files[n] for n in order), glitch]:
        assert bench("archive", "import", file).code == 0
    assert citations(bench) == [
        (100, "2019-05-03T12:00:00"),
        (0, "2019-05-04T12:00:00"),
        (90, "2019-05-06T12:00:00"),
    ]
    (held,) = bench.rows("from quarantine")
    assert held["reasons"].startswith("collapse: citation_count fell from 90 to 0; held until")
    for check in (["replay", "--check"], ["status", "--check"]):
        assert bench(*check).code == 0, check


def test_what_is_held_is_not_counted_as_accepted(bench: Bench, warc: Callable[..., str]) -> None:
    """Of a file's pages those count that are in history in the end: not one that collapsed, unless another says so."""
    pages = [Page(citations=n, at=DAY + timedelta(days=day)) for day, n in enumerate((100, 0, 90, 0, 0))]
    done = bench("archive", "import", warc("a.warc.gz", *pages))
    assert (done.code, "5 captures taken in, 4 of them accepted" in done.error) == (0, True)


def revisit(
    page: Page, *, to: int | None = None, digest_of: Page | None = None, status: str = "200 OK"
) -> tuple[Page, dict[str, str]]:
    """Return a revisit of a page, by record id or by digest."""
    from scholar_etl.archive import payload_digest

    headers = {"WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"}
    if to is not None:
        headers["WARC-Refers-To"] = record_id(to)
    if digest_of is not None:
        headers["WARC-Payload-Digest"] = payload_digest(digest_of.http()[1])
    return replace(page, status=status), headers


@pytest.mark.parametrize("how", ["by id", "by digest", "not modified"])
@pytest.mark.parametrize("where", ["after it", "in a later file", "from an earlier import"])
def test_a_revisit_is_read_as_what_it_refers_to(bench: Bench, warc: Callable[..., str], how: str, where: str) -> None:
    """A later record without a payload confirms the page, wherever its original lies; else it is a problem."""
    original = Page()
    later = Page(at=DAY + timedelta(days=30))
    again = {
        "by id": revisit(later, to=1),
        "by digest": revisit(later, digest_of=original),
        "not modified": revisit(later, to=1, status="304 Not Modified"),
    }[how]
    if where == "after it":
        files = [[warc("a.warc.gz", original, again)]]
    else:
        first, second = warc("a.warc.gz", original), warc("b.warc.gz", again, first=2)
        files = [[second, first]] if where == "in a later file" else [[first], [second]]
    for together in files:
        done = bench("archive", "import", *together)
        assert done.code == 0, done.err
    assert citations(bench) == [(100, "2019-05-03T12:00:00")]
    seen = bench.value("select last_seen_at from authors")
    assert seen.isoformat() == "2019-06-02T12:00:00"
    assert bench.value("select count(refers_to) from captures") == 1
    assert bench("archive", "verify").code == 0
    assert bench("replay", "--check").code == 0


def test_a_revisit_of_a_held_page_says_the_same(bench: Bench, warc: Callable[..., str]) -> None:
    """A record that only refers to a page which is held confirms it, and the change has that page's date."""
    zero = Page(citations=0, at=DAY + timedelta(days=1))
    again = revisit(replace(zero, at=DAY + timedelta(days=2)), to=2)
    assert bench("archive", "import", warc("a.warc.gz", Page(), zero)).code == 0
    assert citations(bench) == [(100, "2019-05-03T12:00:00")]
    assert bench("archive", "import", warc("b.warc.gz", again, first=3)).code == 0
    assert citations(bench) == [(100, "2019-05-03T12:00:00"), (0, "2019-05-04T12:00:00")]
    assert bench("replay", "--check").code == 0


def test_what_cannot_be_used_is_named_and_the_rest_is_taken(bench: Bench, warc: Callable[..., str]) -> None:
    """Exit 3, a line for each record with its reason; the good record of the same file is in history."""
    future = Page(at=datetime(2126, 1, 1, tzinfo=UTC))
    file = warc("mixed.warc", future, revisit(Page(BEN), to=77), Page(BEN, 8155), Page(), packed=False)
    content = Path(file).read_bytes()
    assert b"8,155" in content
    Path(file).write_bytes(content.replace(b"8,155", b"9,155"))  # a flipped bit, as it may be
    done = bench("archive", "import", file)
    assert done.code == 3
    assert f"mixed.warc: record {record_id(1)}: it is dated 2126-01-01 00:00:00+00:00" in done.err
    assert f"mixed.warc: record {record_id(2)}: it repeats a page that is not here" in done.err
    assert f"mixed.warc: record 4 ({record_id(3)}): it is not what its block digest says" in done.err
    assert done.err.endswith("1 captures taken in, 1 of them accepted; 0 known already, 0 of other pages\n")
    assert bench.rows("select author_id, citation_count from authors") == [
        {"author_id": f"scholarfeed:{ADA}", "citation_count": 100}
    ]


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_cut_short_gives_what_is_whole(bench: Bench, warc: Callable[..., str], packed: bool) -> None:
    """The records before the cut are taken in, and the cut is told."""
    file = Path(warc("cut.warc", Page(), Page(BEN), packed=packed))
    file.write_bytes(file.read_bytes()[:-400])
    done = bench("archive", "import", str(file))
    assert done.code == 3
    assert "the file ends" in done.err or "unreadable in or after record 3" in done.err
    assert [row["author_id"] for row in bench.rows("from authors")] == [f"scholarfeed:{ADA}"]


@pytest.mark.parametrize("content", [b"", b"hello\n", b"WARC/1.1\r\n", bytes(1000), b"\x1f\x8b\x08rubbish"])
def test_a_file_that_is_none_is_told(bench: Bench, tmp_path: Path, warc: Callable[..., str], content: bytes) -> None:
    """It is a problem of that file; the files beside it are taken in."""
    (tmp_path / "none.warc.gz").write_bytes(content)
    done = bench("archive", "import", str(tmp_path / "none.warc.gz"), warc("good.warc.gz", Page()))
    assert done.code == 3
    assert "none.warc.gz: " in done.err.splitlines()[0]
    assert citations(bench) == [(100, "2019-05-03T12:00:00")]


def test_a_missing_file_stops_before_anything_is_done(bench: Bench, warc: Callable[..., str], tmp_path: Path) -> None:
    """A misspelt name is refused in one line; no other file is taken in, and no warehouse made."""
    done = bench("archive", "import", warc("good.warc.gz", Page()), str(tmp_path / "missing.warc.gz"))
    assert done.code == 1
    assert "missing.warc.gz: No such file or directory" in done.error
    assert not bench.published.exists()


def test_other_pages_and_other_authors(bench: Bench, warc: Callable[..., str]) -> None:
    """What is no author's page is counted and left; '--watched' leaves out who is not followed."""
    pages = [
        Page(),
        Page(1020),
        Page(url=f"{SITE}/paper/2205.14807"),
        Page(url="https://elsewhere.example/author/1001"),
    ]
    done = bench("archive", "import", warc("pages.warc.gz", *pages), "--watched")
    assert done.error.endswith("1 captures taken in, 1 of them accepted; 0 known already, 3 of other pages")
    again = bench("archive", "import", warc("pages.warc.gz", *pages))
    assert again.error.endswith("1 captures taken in, 1 of them accepted; 1 known already, 2 of other pages")


@pytest.mark.parametrize("url", [f"http://www.scholarfeed.org:80/author/{ADA}", f"{SITE}/author/{ADA}?tab=papers"])
def test_an_address_is_known_in_the_forms_that_archives_have(bench: Bench, warc: Callable[..., str], url: str) -> None:
    """With its port, as the Wayback Machine had it once, or with a query."""
    assert bench("archive", "import", warc("a.warc.gz", Page(url=url))).code == 0
    assert citations(bench) == [(100, "2019-05-03T12:00:00")]


def test_pages_that_were_refused_touch_no_history(bench: Bench, warc: Callable[..., str]) -> None:
    """A 404 of old is a capture, and none in history."""
    done = bench("archive", "import", warc("a.warc.gz", Page(), Page(BEN, status="404 Not Found")))
    assert "2 captures taken in, 1 of them accepted" in done.error
    assert bench.rows("select outcome from captures order by author_id") == [
        {"outcome": "accepted"},
        {"outcome": "not_found"},
    ]
    assert bench.value("select count(*) from authors") == 1


@pytest.mark.parametrize("options", [[], ["--no-warc-compression"], ["--compression=auto"]])
def test_what_wget_saved_is_taken_in(bench: Bench, site: DemoSite, tmp_path: Path, options: list[str]) -> None:
    """The real tool against the site: two pages, and a second visit that wget itself stores as a revisit."""
    wget = shutil.which("wget")
    if wget is None:
        assert not os.environ.get("CI"), "wget is missing: CI must try what it writes"
        pytest.skip("wget is not installed")

    def save(name: str, *more: str) -> list[Path]:
        quietly = ["--quiet", "--delete-after", "--warc-cdx", f"--warc-file={tmp_path / name}"]
        pages = [site.author_url(ADA), site.author_url(BEN)]
        subprocess.run([wget, *quietly, *options, *more, *pages], check=True, cwd=tmp_path)
        return list(tmp_path.glob(f"{name}.warc*"))

    first = save("first")
    second = save("second", f"--warc-dedup={tmp_path / 'first.cdx'}")
    done = bench("archive", "import", *map(str, [*second, *first]))
    assert done.code == 0, done.err
    assert bench.value("select count(*) from captures where outcome = 'accepted'") == 4
    assert bench.value("select count(refers_to) from captures") == 2
    assert bench("refresh", str(ADA)).code == 0
    assert len(citations(bench)) == 1  # what wget saw is what we see
    assert bench("replay", "--check").code == 0
