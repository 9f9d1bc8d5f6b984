"""What the operating system must be asked for so that a written file survives a power cut."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path

# _IOW(0x94, 9, int) of linux/fs.h; Python's fcntl has no name for it before 3.12.
_FICLONE = 0x40049409


def sync_to_disk(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_with_copy(source: Path, target: Path) -> None:
    """Make `target` a copy of `source`, on the disk: the whole of it, or `target` stays what it was. Raises `OSError`.

    Where the file system can clone (XFS, Btrfs, bcachefs), the two share their blocks and the copy costs nothing.
    """
    partial = target.with_name(f".{target.name.lstrip('.')}.part")
    try:
        if not _clone(source, partial):
            shutil.copyfile(source, partial)
        sync_to_disk(partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_to_disk(target.parent)


def _clone(source: Path, target: Path) -> bool:
    if sys.platform != "linux":
        return False
    with source.open("rb") as original, target.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, original.fileno())
        except OSError:  # this file system cannot, or the two are not on one
            return False
    return True
