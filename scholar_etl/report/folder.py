"""The folder of a report: a file is written when it would say something else, each at one stroke.

`manifest.json` makes the folder ours: it lists every file with the digest of what the file says. Before a build touches
anything it writes there, without a digest, all that it is going to write or remove. So a build that is killed leaves
nothing that the next one does not know of, and a site that can be read: what its pages lead to is written before them,
and removed after them.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from scholar_etl.errors import LockedError, ReportError, UsageError
from scholar_etl.files import part_of, sync_to_disk

MANIFEST = "manifest.json"
MADE_BY = "scholar-etl report"

_OURS = re.compile(r"(?:[a-z]+/)?[\w-]+(?:\.[\w-]+)*")
_UNFINISHED = ""


class ReportFolder:
    """A folder that a report lies in, or is to lie in. Use `opened` to get it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests = _read_manifest(folder) or {}
        self._wanted: Mapping[str, str] = {}
        self._written: list[Path] = []

    def begin(self, wanted: Mapping[str, str]) -> tuple[set[str], set[str]]:
        """Take the paths of all files of the report with the digest of each; return those that are to be written.

        First come those that are not there yet: write them first, since nothing leads to them until others do.
        """
        self._wanted = wanted
        there = {path for path in wanted if (self.folder / path).is_file()}
        new = wanted.keys() - there
        changed = {path for path in there if self._digests.get(path) != wanted[path]}
        marked = new | changed | (self._digests.keys() - wanted.keys())
        if marked:
            self._write_manifest({**self._digests, **dict.fromkeys(marked, _UNFINISHED)})
        return new, changed

    def write(self, path: str, content: bytes) -> None:
        """Write one of the files that `begin` returned."""
        target = self.folder / path
        target.parent.mkdir(exist_ok=True)
        part = part_of(target)
        part.write_bytes(content)
        part.replace(target)
        self._written.append(target)

    def finish(self) -> int:
        """Remove what the report no longer has, and remember what it has now; return how many files were removed."""
        gone = [self.folder / path for path in self._digests.keys() - self._wanted.keys()]
        for file in gone:
            file.unlink(missing_ok=True)
            part_of(file).unlink(missing_ok=True)
        if gone or self._written:
            # The manifest says what is on the disk: what it says must be there first.
            for place in (*self._written, *{file.parent for file in (*self._written, *gone)}):
                if place.exists():
                    sync_to_disk(place)
            self._write_manifest(self._wanted)
            for file in gone:
                with suppress(OSError):  # a folder that others hold something in stays
                    file.parent.rmdir()
        return len(gone)

    def _write_manifest(self, digests: Mapping[str, str]) -> None:
        text = json.dumps({"made_by": MADE_BY, "files": digests}, indent=0, sort_keys=True)
        target = self.folder / MANIFEST
        part = part_of(target)
        part.write_text(text, encoding="utf-8")
        sync_to_disk(part)
        part.replace(target)
        sync_to_disk(self.folder)


@contextmanager
def opened(folder: Path) -> Iterator[ReportFolder]:
    """Yield the folder for writing, made when it is missing, and keep other builds out meanwhile.

    Raises `UsageError` when it is a file, or holds something and no report; `LockedError` when another build is at it;
    `ReportError` when it cannot be written.
    """
    try:
        _check(folder)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _check(folder)  # as it is now that nobody else is at it
            yield ReportFolder(folder)
        except BlockingIOError:
            raise LockedError(folder, "another 'scholar-etl report'") from None
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ReportError(folder, error.strerror or str(error)) from error


def _check(folder: Path) -> None:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise UsageError(f"{there} is a file: name a folder")
    leftover = part_of(folder / MANIFEST).name
    if there == folder and any(entry.name != leftover for entry in folder.iterdir()) and _read_manifest(folder) is None:
        raise UsageError(f"{folder} is not empty, and no report: name another folder")


def _read_manifest(folder: Path) -> dict[str, str] | None:
    """Return the files of the report that a folder is with their digests; None when it is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["made_by"] != MADE_BY:
            return None
        # Files are removed by what stands here: nothing outside the folder, whoever wrote it.
        return {path: str(digest) for path, digest in manifest["files"].items() if _OURS.fullmatch(path)}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
