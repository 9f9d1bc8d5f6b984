"""A capture made a test case: the page, and what it says, for a person to read and for the tests to hold."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

from scholar_etl.archive import Archive
from scholar_etl.errors import UsageError
from scholar_etl.extract import extract_page
from scholar_etl.files import is_in_use
from scholar_etl.model import Extraction
from scholar_etl.pipeline.reading import read_found
from scholar_etl.settings import Project
from scholar_etl.store import connect, find_capture


def promote(project: Project, capture_id: str, folder: Path) -> Extraction:
    """Write the page of a capture, and what the extractor of today makes of it, as a case into a new folder.

    Files: `page.html`, the decoded page; `case.json`, its source, its address, when it was rendered, and that nobody
    has read the case yet (`is_read`); `expected.json`, the document that `extract` prints. `capture_id` may be the
    beginning of one. Raises `UnknownCaptureError`; `UsageError` when the folder is in use; `ArchiveError` when the
    archive holds no whole page of it; `MissingWarehouseError`.
    """
    if is_in_use(folder):
        raise UsageError(f"{folder} is in use: name a folder that does not exist yet, one for each case")
    with connect(project.warehouse) as connection:
        place = find_capture(connection, capture_id)
    archive = Archive(project.archive)
    capture, _, original = read_found(archive, place)
    body = archive.body_of(capture, original)
    # A page that came again is what it was when the site rendered it.
    rendered_at = original.fetched_at if original is not None else capture.fetched_at
    extraction = extract_page(body, capture.source, capture.url, fetched_at=rendered_at)
    _write_case(folder, body, extraction, capture.url, rendered_at)
    return extraction


def _write_case(folder: Path, body: bytes, extraction: Extraction, url: str, fetched_at: datetime) -> None:
    case = {"source": extraction.source, "url": url, "fetched_at": fetched_at.isoformat(), "is_read": False}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            (fresh / "page.html").write_bytes(body)
            for name, document in (("case", case), ("expected", extraction.to_dict())):
                text = json.dumps(document, ensure_ascii=False, indent=2)
                (fresh / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
            fresh.chmod(0o755)
            fresh.replace(folder)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror or error}") from error
