"""The archive: what is written is durable, true to the wire, readable by others, and rebuilt from the files alone."""

from __future__ import annotations

import argparse
import errno
import gzip
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from scholar_etl.archive import Archive, payload_digest
from scholar_etl.errors import ArchiveError, DamagedArchiveError
from scholar_etl.model import Capture, Original, Request, Response

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
SEGMENT = "2026/scholar-etl-20261122.warc.gz"
PAGE = b"<html><h1>page</h1></html>"


def request(author: int = 1) -> Request:
    """Return a conditional request for one author's page."""
    return Request(f"s:{author}", "s", f"https://site.example/author/{author}", '"v1"', "Sat, 21 Nov 2026 10:00:00 GMT")


def answered(author: int = 1, *, at: datetime = NOON, payload: bytes = PAGE, **changes: Any) -> Response:
    """Return a good response, as the fetcher would deliver it."""
    response = Response(
        request(author),
        url=request(author).url,
        fetched_at=at,
        status=200,
        headers=(("Content-Type", "text/html"), ("ETag", '"v2"'), ("last-modified", "Sun, 22 Nov 2026 10:00:00 GMT")),
        request_headers=(("Host", "site.example"), ("User-Agent", "scholar-etl/0 (+me@example.org)")),
        payload=payload,
        body=payload,
    )
    return replace(response, **changes)


def failed(author: int = 1, *, at: datetime = NOON) -> Response:
    """Return the failure to get a response."""
    return Response(request(author), request(author).url, at, error="cannot connect to site.example: unknown host")


def original_of(capture: Capture) -> Original:
    """Return what a later append needs to know of a capture."""
    assert capture.payload_digest
    return Original(
        capture.capture_id,
        capture.url,
        capture.fetched_at,
        capture.payload_digest,
        capture.warc_file,
        capture.warc_offset,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of an archive that does not exist yet."""
    return tmp_path / "data" / "archive"


@pytest.fixture
def append(root: Path) -> Callable[..., Capture]:
    """Append one response, with a writer of its own."""

    def write(response: Response, original: Original | None = None) -> Capture:
        with Archive(root) as archive:
            return archive.append(response, run_id="run-1", original=original)

    return write


def records(root: Path) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Read the archive as a stranger would: type, headers and decoded content of each record."""
    for path in sorted(root.glob("*/*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                yield record.rec_type, dict(record.rec_headers.headers), record.content_stream().read()


# --- what is written ----------------------------------------------------------------------------------------------


def test_a_capture_says_what_it_was_and_where_it_lies(root: Path, append: Callable[..., Capture]) -> None:
    """Every field of the capture comes from the response and its place in the file."""
    capture = append(answered())
    assert capture == Capture(
        capture_id=capture.capture_id,
        run_id="run-1",
        source="s",
        author_id="s:1",
        url="https://site.example/author/1",
        fetched_at=NOON,
        http_status=200,
        payload_digest=payload_digest(PAGE),
        warc_file=SEGMENT,
        warc_offset=capture.warc_offset,
        etag='"v2"',
        last_modified="Sun, 22 Nov 2026 10:00:00 GMT",
    )
    with (root / SEGMENT).open("rb") as file:
        file.seek(capture.warc_offset)
        record = next(ArchiveIterator(file))
        assert record.rec_headers.get_header("WARC-Record-ID") == f"<urn:uuid:{capture.capture_id}>"
        assert record.rec_headers.get_header("WARC-Date") == "2026-11-22T12:00:00.123456Z"


def test_a_capture_tells_the_address_asked_for_from_the_one_that_answered(
    root: Path, append: Callable[..., Capture]
) -> None:
    """After a redirect both addresses are kept, also when the capture is read back: an ETag holds for the first."""
    moved = replace(answered(), url="https://www.site.example/author/1")
    capture = append(moved)
    assert (capture.url, capture.requested_url) == (moved.url, moved.request.url)
    assert next(iter(Archive(root).scan()))[0] == capture


def test_the_digest_is_the_one_that_other_tools_write() -> None:
    """SHA-1 in base 32; the value for nothing is known to everybody who reads WARC files."""
    assert payload_digest(b"") == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"


def test_a_segment_holds_a_day_and_says_who_wrote_it(root: Path, append: Callable[..., Capture]) -> None:
    """One file for each UTC date, whatever the zone of the moment; each begins with a warcinfo of that moment."""
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    elsewhere = (late + timedelta(hours=1)).astimezone(timezone(timedelta(hours=-9)))
    captures = [append(answered(at=at)) for at in (NOON, late, elsewhere)]
    assert [capture.warc_file for capture in captures] == [SEGMENT, SEGMENT, "2026/scholar-etl-20261123.warc.gz"]
    infos = [headers for kind, headers, _ in records(root) if kind == "warcinfo"]
    assert [(headers["WARC-Date"], headers["WARC-Filename"]) for headers in infos] == [
        ("2026-11-22T12:00:00.123456Z", "scholar-etl-20261122.warc.gz"),
        ("2026-11-23T00:30:00.000000Z", "scholar-etl-20261123.warc.gz"),
    ]


def test_strangers_read_what_came(root: Path, append: Callable[..., Capture]) -> None:
    """Another reader finds request, metadata and the decoded page; what was chunked is not unchunked twice."""
    packed = gzip.compress(PAGE)
    append(answered(payload=packed, headers=(("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))))
    kinds, (_, main, asked, ours), contents = zip(*records(root), strict=True)
    assert kinds == ("warcinfo", "response", "request", "metadata")
    assert contents[1] == PAGE
    assert asked["WARC-Concurrent-To"] == ours["WARC-Concurrent-To"] == main["WARC-Record-ID"]
    assert b"author-id: s:1\r\n" in contents[3]
    written = gzip.decompress((root / SEGMENT).read_bytes())
    assert b"\r\nX-Crawler-Transfer-Encoding: chunked\r\n" in written
    assert b"GET /author/1 HTTP/1.1\r\nHost: site.example\r\n" in written


def test_every_digest_is_right(root: Path, append: Callable[..., Capture], capsys: pytest.CaptureFixture[str]) -> None:
    """The checker of warcio passes every record that can be checked, of every kind we write."""
    first = append(answered())
    append(answered(), original_of(first))
    append(answered(payload=b"", status=304), original_of(first))
    append(answered(payload=b""))
    append(answered(payload=b"par", error="cut short", truncated="disconnect", body=None))
    append(answered(headers=(("X", "caf\xe9"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))))
    append(failed())
    checker = Checker(argparse.Namespace(inputs=[str(root / SEGMENT)], verbose=True))
    assert checker.process_all() == 0
    output = capsys.readouterr().out
    assert output.count("digest pass") == 18  # warcinfo; 4 + 2 groups of three without the two revisits; the failure
    assert output.count("digest present but not checked (revisit)") == 2


def test_secrets_are_not_written(root: Path, append: Callable[..., Capture]) -> None:
    """Credentials in headers, both ways, and in addresses leave no trace; that they were there does."""
    url = "https://me:hush1@site.example/a?api_key=hush2&page=1"
    response = answered(
        request=Request("s:1", "s", url),
        url=url,
        headers=(("Set-Cookie", "id=hush3"), ("Content-Type", "text/html")),
        request_headers=(
            ("Authorization", "Bearer hush4"),
            ("cookie", "hush5"),
            ("X-API-Key", "hush6"),
            ("Proxy-Authorization", "hush7"),
        ),
    )
    capture = append(response)
    written = gzip.decompress((root / SEGMENT).read_bytes())
    assert b"hush" not in written
    assert b"Set-Cookie: REDACTED\r\n" in written
    assert b"Authorization: REDACTED\r\n" in written
    assert capture.url == "https://site.example/a?api_key=REDACTED&page=1"


# --- what is read -------------------------------------------------------------------------------------------------

TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_!#$%", min_size=1, max_size=20).map("x-".__add__)
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
LINES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), min_size=1, max_size=60)
HEADERS = st.lists(st.tuples(TOKENS, VALUES), max_size=6).map(tuple)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
REQUESTS = st.builds(
    Request,
    author_id=LINES,
    source=LINES,
    url=st.sampled_from(["https://a.example/1", "http://a.example/\u017c?q=1"]),
    etag=st.none() | LINES,
    last_modified=st.none() | LINES,
)
RESPONSES = st.builds(
    Response,
    request=REQUESTS,
    url=st.sampled_from(["https://a.example/1", "https://b.example/\u017c?q=%20"]),
    fetched_at=MOMENTS,
    status=st.integers(100, 999),
    headers=HEADERS,
    request_headers=HEADERS,
    payload=st.binary(max_size=3000),
    error=st.none() | LINES,
)
FAILURES = st.builds(Response, request=REQUESTS, url=st.just("https://a.example/1"), fetched_at=MOMENTS, error=LINES)


@run(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(RESPONSES | FAILURES, min_size=1, max_size=4), LINES)
def test_everything_is_rebuilt_from_the_files(
    tmp_path_factory: pytest.TempPathFactory, responses: list[Response], run_id: str
) -> None:
    """Whatever came, scanning gives the captures that append returned, and the responses that it was given."""
    root = tmp_path_factory.mktemp("archive")
    with Archive(root) as archive:
        captures = [archive.append(response, run_id=run_id) for response in responses]
        found = {capture.capture_id: (capture, response) for capture, response in archive.scan()}
        for capture, response in zip(captures, responses, strict=True):
            body = response.payload if response.status is not None and response.error is None else None
            assert found.pop(capture.capture_id) == (capture, replace(response, body=body))
            assert archive.read(capture.warc_file, capture.warc_offset)[0] == capture
    assert found == {}


@pytest.mark.parametrize("truncated", ["length", "time", "disconnect"])
def test_a_part_of_a_response_is_kept_and_marked(root: Path, append: Callable[..., Capture], truncated: Any) -> None:
    """What came before the end is archived as it is, marked for every reader, and never given out as a body."""
    response = answered(payload=PAGE[:9], body=None, error="cut short", truncated=truncated)
    capture = append(response)
    assert Archive(root).read(SEGMENT, capture.warc_offset) == (capture, response)
    [main] = [headers for kind, headers, _ in records(root) if kind == "response"]
    assert main["WARC-Truncated"] == truncated
    with pytest.raises(ArchiveError, match="cut short"):
        Archive(root).body_of(capture)


def test_a_failure_without_a_response_is_a_capture_too(root: Path, append: Callable[..., Capture]) -> None:
    """It has its own record, says why, and is read back like the others."""
    capture = append(failed())
    assert (capture.http_status, capture.payload_digest) == (None, None)
    assert capture.error == "cannot connect to site.example: unknown host"
    assert Archive(root).read(SEGMENT, capture.warc_offset) == (capture, failed())
    assert [kind for kind, _, _ in records(root)] == ["warcinfo", "metadata"]


def test_a_body_is_decoded_from_the_payload_as_it_was_sent(root: Path, append: Callable[..., Capture]) -> None:
    """The archive keeps the encoded payload; body_of gives what a browser would show."""
    packed = gzip.compress(PAGE)
    capture = append(answered(payload=packed, headers=(("content-encoding", "gzip"),)))
    assert Archive(root).read(SEGMENT, capture.warc_offset)[1].payload == packed
    assert Archive(root).body_of(capture) == PAGE


@pytest.mark.parametrize(
    ("again", "profile"),
    [
        (answered(at=NOON + timedelta(days=1), status=304, payload=b""), "server-not-modified"),
        (answered(at=NOON + timedelta(days=1)), "identical-payload-digest"),
    ],
    ids=["304", "same bytes"],
)
def test_an_unchanged_page_is_stored_once(
    root: Path, append: Callable[..., Capture], again: Response, profile: str
) -> None:
    """Its capture is a revisit that names the original as the standard wants it, and has the original's body."""
    first = append(answered())
    capture = append(again, original_of(first))
    assert (capture.refers_to, capture.payload_digest) == (first.capture_id, first.payload_digest)
    [revisit] = [headers for kind, headers, _ in records(root) if kind == "revisit"]
    assert revisit["WARC-Profile"] == f"http://netpreserve.org/warc/1.1/revisit/{profile}"
    assert revisit["WARC-Refers-To"] == f"<urn:uuid:{first.capture_id}>"
    assert revisit["WARC-Refers-To-Target-URI"] == first.url
    assert revisit["WARC-Refers-To-Date"] == "2026-11-22T12:00:00.123456Z"
    archive = Archive(root)
    assert archive.body_of(capture, first) == archive.body_of(capture, original_of(first)) == PAGE
    found, response = archive.read(capture.warc_file, capture.warc_offset)
    assert found == capture
    assert response == replace(again, payload=b"", body=None)


def test_a_revisit_needs_its_own_original(root: Path, append: Callable[..., Capture]) -> None:
    """Without the original, with another one, or with an original that is a revisit itself, there is no body."""
    first, other = append(answered()), append(answered(payload=b"other"))
    revisit = append(answered(), original_of(first))
    archive = Archive(root)
    for wrong in (None, other):
        with pytest.raises(ArchiveError, match=first.capture_id):
            archive.body_of(revisit, wrong)
    with pytest.raises(ArchiveError, match="revisit"):
        archive.body_of(replace(revisit, refers_to=None))


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(answered(payload=b"something new"), id="changed"),
        pytest.param(answered(truncated="time", error="stopped", body=None), id="same bytes, but cut short"),
        pytest.param(failed(), id="failure"),
    ],
)
def test_what_is_no_repetition_is_stored_in_full(append: Callable[..., Capture], response: Response) -> None:
    """An original that is known does not make a revisit of anything else."""
    first = append(answered())
    assert append(response, original_of(first)).refers_to is None


def test_a_304_out_of_nowhere_is_a_response(append: Callable[..., Capture]) -> None:
    """With no original to refer to, a 304 is archived for what it is."""
    capture = append(answered(status=304, payload=b""))
    assert (capture.http_status, capture.refers_to) == (304, None)


def test_scanning_goes_on_behind_what_is_known(root: Path, append: Callable[..., Capture]) -> None:
    """`after` leaves out what is known, up to and with the capture at that offset; other segments are read whole."""
    tomorrow = NOON + timedelta(days=1)
    captures = [append(answered(at=at)) for at in (NOON, NOON, NOON, tomorrow, tomorrow)]
    scanned = Archive(root).scan({SEGMENT: captures[1].warc_offset})
    assert [capture for capture, _ in scanned] == captures[2:]
    known = {capture.warc_file: capture.warc_offset for capture in captures}
    assert list(Archive(root).scan(known)) == []


def test_an_archive_that_does_not_exist_is_empty(root: Path) -> None:
    """Before the first refresh there is nothing to scan, and scanning makes no folder."""
    assert list(Archive(root).scan()) == []
    assert not root.exists()


@pytest.mark.parametrize("offset", [-1, 1, 10_000_000])
def test_a_wrong_place_is_named(root: Path, append: Callable[..., Capture], offset: int) -> None:
    """Reading where no capture begins says file and offset; another capture is never given instead."""
    append(answered())
    if offset < 0:  # the warcinfo record: whole, but no capture
        offset = 0
    with pytest.raises(DamagedArchiveError) as caught:
        Archive(root).read(SEGMENT, offset)
    assert (caught.value.file, caught.value.offset) == (SEGMENT, offset)


def test_a_segment_that_is_gone_is_named(root: Path) -> None:
    """A file that cannot be opened is one clear line with its path."""
    with pytest.raises(ArchiveError, match=SEGMENT):
        Archive(root).read(SEGMENT, 0)


# --- crashes and damage -------------------------------------------------------------------------------------------


def test_a_torn_end_is_cut_wherever_it_is_torn(
    root: Path, append: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torn at any byte of the last capture: readers see the ones before, the next writer goes on as if it never was."""
    monkeypatch.setattr(os, "fsync", lambda _: None)  # thousands of them; what is on the disk is not the matter here
    kept = [append(answered(1)), append(failed(2))]
    segment = root / SEGMENT
    start = segment.stat().st_size
    append(answered(3))
    whole = segment.read_bytes()
    for end in range(start, len(whole)):
        segment.write_bytes(whole[:end])
        assert [capture for capture, _ in Archive(root).scan()] == kept
        added = append(answered(4))
        assert added.warc_offset == start
        assert [capture for capture, _ in Archive(root).scan()] == [*kept, added]
        torn = segment.with_name(f"{segment.name}.torn-{start}")
        assert (torn.read_bytes() if torn.exists() else b"") == whole[start:end]
        torn.unlink(missing_ok=True)


def test_a_torn_first_record_is_cut_too(root: Path, append: Callable[..., Capture]) -> None:
    """A segment that was torn in its very beginning begins anew."""
    segment = root / SEGMENT
    segment.parent.mkdir(parents=True)
    segment.write_bytes(b"\x1f\x8b\x08")
    capture = append(answered())
    assert [found for found, _ in Archive(root).scan()] == [capture]
    assert next(records(root))[0] == "warcinfo"


WRITER = """
    import json, os, sys
    from dataclasses import asdict
    from datetime import UTC, datetime, timedelta
    from pathlib import Path
    from scholar_etl.archive import Archive
    from scholar_etl.model import Request, Response

    request = Request("s:1", "s", "https://site.example/author/1")
    with Archive(Path(sys.argv[1])) as archive:
        moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
        while True:
            moment += timedelta(milliseconds=1)
            payload = os.urandom(300_000)
            response = Response(request, request.url, moment, status=200, payload=payload, body=payload)
            capture = archive.append(response, run_id="killed")
            print(json.dumps([capture.capture_id, capture.warc_file, capture.warc_offset]), flush=True)
"""


@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_killed_writer_loses_nothing_that_it_had_reported(
    root: Path, append: Callable[..., Capture], after: int
) -> None:
    """SIGKILL in the midst of writing: every capture that append returned is there, and writing goes on."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(after)]
        writer.kill()
        lines += [line for line in writer.stdout if line.endswith(b"\n")]
    reported = [tuple(json.loads(line)) for line in lines]
    assert len(reported) >= after
    added = append(answered())
    found = [(capture.capture_id, capture.warc_file, capture.warc_offset) for capture, _ in Archive(root).scan()]
    assert found[: len(reported)] == reported
    assert len(found) <= len(reported) + 2  # one may have been whole on the disk, but not yet reported
    assert found[-1][0] == added.capture_id
    checker = Checker(argparse.Namespace(inputs=[str(root / SEGMENT)], verbose=False))
    assert checker.process_all() == 0


def test_a_disk_that_refuses_leaves_the_archive_as_it_was(
    root: Path, append: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails is one clear error; the capture is not there, and the next one can be written."""
    first = append(answered())
    before = (root / SEGMENT).read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Archive(root) as archive:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(ArchiveError, match="No space left on device"):
                archive.append(answered(2), run_id="run-1")
        assert (root / SEGMENT).read_bytes() == before
        second = archive.append(answered(3), run_id="run-1")
    assert [capture for capture, _ in Archive(root).scan()] == [first, second]


def test_damage_costs_the_damaged_capture_only(
    root: Path, append: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed byte anywhere in a capture is named with file and offset; every other capture is read all the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    captures = [append(answered(author)) for author in (1, 2, 3)]
    segment = root / SEGMENT
    whole = segment.read_bytes()
    second, third = (capture.warc_offset for capture in captures[1:])
    for place in range(second, third, 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        segment.write_bytes(damaged)
        told: list[DamagedArchiveError] = []
        found = {capture.capture_id: capture for capture, _ in Archive(root).scan(on_damage=told.append)}
        # Where gzip has no checksum (its header's time and system), a change harms nothing.
        assert {captures[0].capture_id, captures[2].capture_id} <= found.keys()
        assert all(capture in captures for capture in found.values())
        assert told or len(found) == 3
        assert all(error.file == SEGMENT and second <= error.offset < third for error in told)
        assert Archive(root).read(SEGMENT, third)[0] == captures[2]
        if told:
            with pytest.raises(DamagedArchiveError):
                list(Archive(root).scan())


def test_writing_goes_on_behind_damage(root: Path, append: Callable[..., Capture]) -> None:
    """Damage in the midst of a segment is not taken for a torn end: nothing is cut."""
    captures = [append(answered(author)) for author in (1, 2, 3)]
    segment = root / SEGMENT
    damaged = bytearray(segment.read_bytes())
    damaged[captures[1].warc_offset + 40] ^= 0xFF
    segment.write_bytes(damaged)
    added = append(answered(4))
    assert segment.read_bytes().startswith(damaged)
    found = [capture for capture, _ in Archive(root).scan(on_damage=lambda _: None)]
    assert found == [captures[0], captures[2], added]


def test_lost_captures_are_noticed(root: Path, append: Callable[..., Capture]) -> None:
    """A segment shorter than what is known of it (an old copy put back) is damage, not "nothing new"."""
    first, last = append(answered(1)), append(answered(2))
    segment = root / SEGMENT
    segment.write_bytes(segment.read_bytes()[: last.warc_offset])
    with pytest.raises(DamagedArchiveError, match="lost"):
        list(Archive(root).scan({SEGMENT: last.warc_offset}))
    assert [capture for capture, _ in Archive(root).scan()] == [first]


def test_records_of_others_are_passed_over(root: Path, append: Callable[..., Capture]) -> None:
    """A response without our metadata, as other tools write it, is no capture; ours around it are read."""
    first = append(answered(1))
    segment = root / SEGMENT
    start = segment.stat().st_size
    append(answered(2))
    with segment.open("rb") as file:
        group = file.read()[start:]
    lone = group[: _second_member(group)]
    segment.write_bytes(segment.read_bytes()[:start] + lone)
    with segment.open("ab") as file:
        file.write(group)
    assert [capture.author_id for capture, _ in Archive(root).scan()] == [first.author_id, "s:2"]


def _second_member(data: bytes) -> int:
    return data.index(b"\x1f\x8b\x08", 1)
