"""What the operating system must be asked for beyond what Python's library asks: to lose and to tear nothing."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

# _IOW(0x94, 9, int) of linux/fs.h; Python's fcntl has no name for it before 3.12.
_FICLONE = 0x40049409
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def sync_to_disk(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_in_use(folder: Path) -> bool:
    """Tell whether something lies at a path where a new folder is to be made; an empty folder is none."""
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def replace_with_copy(source: Path, target: Path) -> None:
    """Make `target` a copy of `source`, on the disk: the whole of it, or `target` stays what it was. Raises `OSError`.

    Where the file system can clone (XFS, Btrfs, bcachefs), the two share their blocks and the copy costs nothing.
    """
    partial = part_of(target)
    try:
        if not _clone(source, partial):
            shutil.copyfile(source, partial)
        sync_to_disk(partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_to_disk(target.parent)


def part_of(target: Path) -> Path:
    """Return where the copy is while `replace_with_copy` makes it, and stays when the process is killed in that."""
    return target.with_name(f".{target.name.lstrip('.')}.part")


def _clone(source: Path, target: Path) -> bool:
    if sys.platform != "linux":
        return False
    with source.open("rb") as original, target.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, original.fileno())
        except OSError:  # this file system cannot, or the two are not on one
            return False
    return True


def exchange(one: Path, other: Path) -> None:
    """Let two paths on one disk change places. Raises `OSError`, and both are what they were.

    At one stroke where the system can (Linux); else `other` is missing for a moment, and when the process is killed
    in that, is `aside_of(one)`.
    """
    with suppress(AttributeError, OSError):  # a C library, or a file system, that does not know how
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
        if renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
            return
    aside = aside_of(one)
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)


def aside_of(one: Path) -> Path:
    """Return where the other path is while `exchange` cannot be done at one stroke."""
    return one.with_name(f"{one.name}.aside")
