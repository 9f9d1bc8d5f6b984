"""The archive, read by the tools that others read archives with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from testbed import BEN, Bench

from scholar_etl.pipeline import refresh

PYWB_PYTHON = os.environ.get("PYWB_PYTHON")
"""A Python that has pywb; `.ci/run` makes one."""

REPLAY = """
from gevent import monkey; monkey.patch_all()
import json, sys
from pywb.apps.frontendapp import FrontEndApp
from werkzeug.test import Client
client = Client(FrontEndApp(config_file=None, custom_config={"collections_root": "collections"}))
pages = {}
with open("collections/ours/indexes/index.cdxj") as index:
    for line in index:
        _, moment, entry = line.split(" ", 2)
        answer = client.get(f"/ours/{moment}id_/{json.loads(entry)['url']}")
        pages[moment + " " + json.loads(entry)["url"]] = [answer.status_code, answer.get_data(as_text=True)]
json.dump(pages, open("pages.json", "w"))
"""


@pytest.fixture
def segments(bench: Bench) -> list[Path]:
    """Return two days' files: three pages, then the same three asked for again, which came out the same."""
    for day in (0, 1):
        moment = datetime(2026, 11, 22 + day, 5, tzinfo=UTC)
        assert refresh(bench.project, force=True, clock=lambda moment=moment: moment).status == "complete"
    assert bench.value("select count(*) from captures where refers_to is not null and http_status = 200") == 3
    return sorted(bench.project.archive.rglob("*.warc.gz"))


def test_warcio_checks_every_digest(segments: list[Path]) -> None:
    """`warcio check` finds each record's block and payload as their digests say."""
    check = [sys.executable, "-c", "from warcio.cli import main; main()", "check", "--verbose", *map(str, segments)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") == 2 + 3 * 3 + 3 * 2  # warcinfo; three groups, three without their revisit
    assert done.stdout.count("not checked (revisit)") == 3


@pytest.mark.skipif(
    PYWB_PYTHON is None and not os.environ.get("CI"), reason="PYWB_PYTHON names no Python that has pywb"
)
def test_pywb_replays_a_page_and_its_repetition(segments: list[Path], bench: Bench, tmp_path: Path) -> None:
    """Indexed and replayed by pywb, a page is the one that was sent, and so is the record that only refers to it."""
    assert PYWB_PYTHON, "CI must try pywb"
    collections = tmp_path / "pywb"
    collections.mkdir()
    manager = Path(PYWB_PYTHON).with_name("wb-manager")
    for arguments in ([manager, "init", "ours"], [manager, "add", "ours", *segments], [PYWB_PYTHON, "-c", REPLAY]):
        subprocess.run(arguments, cwd=collections, check=True, capture_output=True)
    pages = json.loads((collections / "pages.json").read_text())
    assert len(pages) == 6
    of_ben = [page for address, page in sorted(pages.items()) if address.endswith(f"/{BEN}")]
    first = bench.rows("from captures where refers_to is null and author_id like '%1002'")[0]
    assert bench("archive", "promote", first["capture_id"], str(tmp_path / "case")).code == 0
    sent = (tmp_path / "case" / "page.html").read_text()
    assert of_ben == [[200, sent], [200, sent]]
