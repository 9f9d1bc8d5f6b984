"""Looking after the archive: damage is found and named, captures are listed, and made test cases."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path

import pytest
from testbed import ADA, BEN, Bench, strict_json

from scholar_etl.archive import Archive
from scholar_etl.demo.site import DemoSite


@pytest.fixture
def lived(bench: Bench, site: DemoSite) -> Bench:
    """Return a project with two refreshes behind it: a page that changed, and one not modified."""
    for day in (0, 1):
        site.configure(day=day)
        assert bench("refresh").code == 0
    return bench


def segment(bench: Bench) -> Path:
    """Return the archive's only file, the day not being over."""
    (file,) = sorted(bench.project.archive.rglob("*.warc.gz"))[-1:]
    return file


def content(bench: Bench) -> list[tuple[str, bytes | None]]:
    """Return every capture that can be read whole, and its body."""
    captures = Archive(bench.project.archive).scan(on_damage=lambda _: None)
    return [(capture.capture_id, response.body) for capture, response in captures]


def test_a_sound_archive_is_said_to_be_sound(lived: Bench) -> None:
    """Exit 0, nothing on standard output, and how much was verified; in JSON an empty list."""
    done = lived("archive", "verify")
    assert (done.code, done.out) == (0, "")
    assert done.error.startswith("6 captures, 19 records in 1 files, ")
    assert done.error.endswith("MB: no damage")
    assert strict_json(lived("archive", "verify", "--format", "json").out) == []


@pytest.mark.parametrize("seed", range(8))
def test_whatever_byte_is_flipped_is_found(lived: Bench, seed: int) -> None:
    """Either the damage is told, by file, offset and capture, or every capture still reads as it did."""
    file = segment(lived)
    whole, before = file.read_bytes(), content(lived)
    captures = lived.rows("from captures order by warc_offset")
    chance = random.Random(seed)  # noqa: S311
    for _ in range(12):
        position = chance.randrange(captures[0]["warc_offset"], len(whole))
        damaged = bytearray(whole)
        damaged[position] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        done = lived("archive", "verify", "--format", "json")
        damages = strict_json(done.out)
        if not damages:
            assert content(lived) == before
            continue
        assert done.code == 1
        hit = [row for row in captures if row["warc_offset"] <= position][-1]
        first = damages[0]
        assert (first["file"], first["capture_id"]) == (hit["warc_file"], hit["capture_id"])
        assert hit["warc_offset"] <= first["offset"] <= position
    file.write_bytes(whole)
    assert lived("archive", "verify").code == 0


def test_what_was_lost_is_named(lived: Bench, tmp_path: Path) -> None:
    """Captures that the warehouse knows and the archive has not, at a file's end or as a whole file, are told."""
    file = segment(lived)
    last = lived.rows("from captures order by warc_offset desc limit 1")[0]
    whole = file.read_bytes()
    file.write_bytes(whole[: last["warc_offset"]])
    done = lived("archive", "verify", "--format", "json")
    assert done.code == 1
    (row,) = strict_json(done.out)
    assert (row["capture_id"], row["offset"], row["problem"]) == (
        last["capture_id"],
        last["warc_offset"],
        "the capture is not here",
    )
    file.rename(tmp_path / "aside")
    assert len(strict_json(lived("archive", "verify", "--format", "json").out)) == 6


def test_a_revisit_without_its_original_is_told(lived: Bench) -> None:
    """A reference that leads nowhere is damage, though its own record is whole."""
    (revisit,) = lived.rows("from captures where refers_to is not null")
    original = lived.rows(f"from captures where capture_id = '{revisit['refers_to']}'")[0]
    file = segment(lived)
    damaged = bytearray(file.read_bytes())
    damaged[original["warc_offset"] + 100] ^= 1
    file.write_bytes(damaged)
    rows = strict_json(lived("archive", "verify", "--format", "json").out)
    assert [row["capture_id"] for row in rows] == [original["capture_id"], revisit["capture_id"]]
    assert rows[1]["problem"] == f"repeats the payload of capture {original['capture_id']}, which is not here"


def test_an_archive_can_be_verified_without_a_warehouse(lived: Bench) -> None:
    """With the warehouse lost, the digests speak for themselves."""
    lived.published.unlink()
    assert lived("archive", "verify").code == 0


def test_captures_are_listed_by_author(lived: Bench) -> None:
    """All of them, or those of the named authors, each with its outcome and its place."""
    everything = strict_json(lived("archive", "list", "--format", "json").out)
    assert len(everything) == 6
    assert sorted(everything, key=lambda row: (row["author_id"], row["fetched_at"])) == everything
    own = strict_json(lived("archive", "list", str(ADA), "--format", "json").out)
    assert own == [row for row in everything if row["author_id"] == f"scholarfeed:{ADA}"]
    for row in own:
        capture, _ = Archive(lived.project.archive).read(row["warc_file"], row["warc_offset"])
        assert capture.capture_id == row["capture_id"]
    unknown = lived("archive", "list", "nobody")
    assert (unknown.code, unknown.error.startswith("scholar-etl: unknown author 'nobody'")) == (2, True)


def test_a_capture_becomes_a_case_that_nobody_has_read(lived: Bench, tmp_path: Path) -> None:
    """The page as it was sent, what it says, as of when it was rendered; also of a capture that repeats another."""
    (revisit,) = lived.rows(f"from captures where author_id = 'scholarfeed:{BEN}' and refers_to is not null")
    original = lived.rows(f"from captures where capture_id = '{revisit['refers_to']}'")[0]
    case = tmp_path / "cases" / "ben"
    done = lived("archive", "promote", revisit["capture_id"][:13], str(case))
    assert done.code == 0, done.err
    assert sorted(file.name for file in case.iterdir()) == ["case.json", "expected.json", "page.html"]
    facts = json.loads((case / "case.json").read_text())
    assert datetime.fromisoformat(facts.pop("fetched_at")).replace(tzinfo=None) == original["fetched_at"]
    assert facts == {"source": "scholarfeed", "url": f"{lived.base_url}/author/{BEN}", "is_read": False}
    printed = lived("extract", str(case / "page.html"), "--fetched-at", original["fetched_at"].isoformat())
    assert json.loads(printed.out) == json.loads((case / "expected.json").read_text())

    again = lived("archive", "promote", revisit["capture_id"], str(case))
    assert (again.code, "is in use" in again.error) == (2, True)
    assert not list(case.parent.glob(".*"))


@pytest.mark.parametrize(("given", "said"), [("", "several captures begin so"), ("zz", "no such capture")])
def test_a_capture_must_be_named(lived: Bench, tmp_path: Path, given: str, said: str) -> None:
    """An id that is none, or that several share, is refused in one line, and nothing is written."""
    done = lived("archive", "promote", given, str(tmp_path / "case"))
    assert (done.code, said in done.error) == (2, True)
    assert not (tmp_path / "case").exists()
