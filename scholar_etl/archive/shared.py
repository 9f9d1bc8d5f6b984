"""The shared archive: a place that several machines write segments to, such as an S3 bucket, and a copy on this disk.

Such a place has no append and no rename. So what is shared are segments that are closed, under names that nobody else
takes (`layout.new_part`); an object is whole or absent, and is never changed nor deleted. Everything that reads an
archive reads the copy, where months may be packed: their segments are not copied again.

The only user of fsspec.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from fsspec.core import url_to_fs

from scholar_etl.archive.layout import list_segments, packed_months, segment_name
from scholar_etl.archive.packing import packed_segments
from scholar_etl.errors import ArchiveError, DamagedArchiveError, UsageError
from scholar_etl.files import part_of, sync_to_disk
from scholar_etl.text import one_line

_NAME = re.compile(r"\d{4}/[\w.-]+\.(?:warc\.gz|parquet)")
_AT_ONCE = 100


class SharedArchive:
    """The segments below an address such as `s3://bucket/prefix`, for any file system that fsspec knows.

    Credentials come from where its library looks for them, such as the environment. Raises `UsageError` when there is
    no library for the address, else `ArchiveError` for all that goes wrong.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._files, root = url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise UsageError(
                f"cannot use the archive {url}: {one_line(str(error))}; for S3, install 'scholar-etl[s3]'"
            ) from error
        self._root = str(root).rstrip("/")

    def copy_from(self, root: Path, names: Iterable[str]) -> None:
        """Upload files of the archive at `root`: closed ones, that will not change, and are not there yet."""
        with self._told("write"):
            for name in names:
                target = f"{self._root}/{name}"
                self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
                # Committed at its end, so that nobody ever sees a part of it.
                with (
                    (root / name).open("rb") as source,
                    self._files.transaction,
                    self._files.open(target, "wb") as copy,
                ):
                    shutil.copyfileobj(source, copy)

    def copy_to(self, root: Path, names: Iterable[str]) -> list[str]:
        """Download those files that the archive at `root` does not have; return their names, sorted."""
        packed = _packed(root)
        held = {*list_segments(root), *packed, *(name for segments in packed.values() for name in segments)}
        missing = sorted(set(names) - held)
        with self._told("read"):
            for start in range(0, len(missing), _AT_ONCE):
                self._download(root, missing[start : start + _AT_ONCE])
        return missing

    def sync(self, root: Path) -> None:
        """Give each of the two what the other one has. The caller holds the project; nothing may write meanwhile."""
        there = self.names()
        self.copy_from(root, _missing(root, there))
        self.copy_to(root, there)

    def names(self) -> set[str]:
        """Return all files that are there, relative to the address."""
        return self._find("", "")

    def names_of(self, part: str, first: datetime, last: datetime) -> set[str]:
        """Return the segments of a part and its parts, written from the day of `first` to that of `last` (aware)."""
        found: set[str] = set()
        for day in range((last.date() - first.date()).days + 1):
            folder, _, name = segment_name(first + timedelta(days=day), part).partition("/")
            found |= self._find(f"/{folder}", name.removesuffix(".warc.gz"))
        return found

    def _find(self, folder: str, beginning: str) -> set[str]:
        with self._told("read"):
            self._files.invalidate_cache()
            paths = self._files.find(f"{self._root}{folder}", prefix=beginning)
        names = (path.removeprefix(self._root).lstrip("/") for path in paths)
        # Not every file system heeds the prefix; and what is not one of ours must not be copied to who knows where.
        return {name for name in names if _NAME.fullmatch(name) and name.rpartition("/")[2].startswith(beginning)}

    def _download(self, root: Path, names: list[str]) -> None:
        targets = [root / name for name in names]
        for folder in {target.parent for target in targets}:
            folder.mkdir(parents=True, exist_ok=True)
        self._files.get([f"{self._root}/{name}" for name in names], [str(part_of(target)) for target in targets])
        for target in targets:
            sync_to_disk(part_of(target))
            part_of(target).replace(target)
        for folder in {target.parent for target in targets}:
            sync_to_disk(folder)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except ArchiveError:
            raise
        except Exception as error:  # each kind of store has errors of its own
            reason = one_line(str(error)) or type(error).__name__
            raise ArchiveError(
                f"cannot {what} the archive {self.url}: {reason}; check the address, the credentials and the network"
            ) from error


def _missing(root: Path, there: set[str]) -> list[str]:
    """Return what the shared archive lacks of the archive at `root`.

    A packed month is given where a segment that went into it never was: it was packed before the archive was shared.
    """
    months = [month for month, segments in _packed(root).items() if not segments <= there]
    return [name for name in [*list_segments(root), *months] if name not in there]


def _packed(root: Path) -> dict[str, set[str]]:
    """Return by packed month the segments that went into it; none for a damaged one, so that they are copied again."""
    packed: dict[str, set[str]] = {}
    for month in packed_months(root):
        packed[month] = set()
        with suppress(DamagedArchiveError):
            packed[month].update(packed_segments(root, month))
    return packed
