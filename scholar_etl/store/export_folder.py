"""The folder that an export makes: replaced as a whole or not at all.

It is written beside its place, in a folder of a name of its own, and changes places with what was there. While it is
written it is locked, so that a later export tells what a killed one left from what another is still writing.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scholar_etl.errors import UsageError
from scholar_etl.files import aside_of, exchange, sync_to_disk

MANIFEST = "manifest.json"
"""The file that makes a folder an export: `made_by` in it is `MADE_BY`, and it lists all other files."""

MADE_BY = "scholar-etl export"

_NEW = "new"


@contextmanager
def replaced_folder(folder: Path, apart_from: Iterable[Path] = ()) -> Iterator[tuple[Path, Path]]:
    """Yield a new folder that takes `folder`'s place when the block ends well, and a scratch folder on the same disk.

    Left with an exception, `folder` stays what it was. Raises `UsageError` when it is neither missing nor empty nor an
    earlier export, or may not be replaced; OSError when it cannot be written.
    """
    target = folder.resolve()
    _check(target, [place.resolve() for place in apart_from])
    target.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(target) as place:
        whole, scratch = place / _NEW, place / "scratch"
        whole.mkdir()
        scratch.mkdir()
        yield whole, scratch
        for path in (*whole.rglob("*"), whole):
            sync_to_disk(path)
        _check(target, ())  # somebody may have put something there meanwhile
        if target.exists():
            exchange(whole, target)
        else:
            whole.rename(target)
        sync_to_disk(target.parent)


def _check(target: Path, apart_from: Iterable[Path]) -> None:
    """Raise `UsageError` unless `target` may become an export, with what stands in the way."""
    for place in apart_from:
        if target.is_relative_to(place):
            raise UsageError(f"{target} lies in {place}, which is no place for an export: name another folder")
    there = next(path for path in (target, *target.parents) if path.exists())
    if not there.is_dir():
        raise UsageError(f"{there} is a file: name a folder")
    if there != target:
        return
    if Path.cwd().is_relative_to(target):
        raise UsageError(f"{target} would be replaced, and you are in it: name another folder, or go elsewhere")
    if target.is_mount():
        raise UsageError(f"{target} is a mount, which cannot be replaced: name a folder in it")
    held = {path.relative_to(target) for path in target.rglob("*")}
    if not held:
        return
    listed = _listed(target)
    if listed is None:
        raise UsageError(f"{target} is not empty, and no earlier export: name another folder, or remove it")
    foreign = held - listed - {parent for path in listed for parent in path.parents}
    if foreign:
        raise UsageError(
            f"{target} would be replaced, and holds {min(foreign)}, which is no part of an export: move it"
        )


def _listed(folder: Path) -> set[Path] | None:
    """Return the files of the export that a folder is, by its manifest; None when it is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["made_by"] != MADE_BY:
            return None
        return {Path(MANIFEST), *(Path(file) for view in manifest["views"] for file in view["files"])}
    except (OSError, ValueError, LookupError, TypeError):
        return None


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Make a folder beside `target`, locked; it is gone afterwards, as is what killed exports left there."""
    prefix, suffix = f".{target.name}.export-", ".part"
    for left in target.parent.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(suffix):
            _clear(left, target)
    place = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=target.parent))
    descriptor = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(descriptor)


def _clear(left: Path, target: Path) -> None:
    """Remove what an export left behind, unless one still writes it; an earlier export in it goes back first."""
    with suppress(OSError):
        descriptor = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (aside := aside_of(left / _NEW)).exists() and not target.exists():
                aside.rename(target)
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(descriptor)
