"""One writer at a time: a lock that the kernel frees when its holder ends, however it ends.

The lock is `flock` on an open file, never the file's existence, so nothing can be left behind that blocks the
next run. The file's text names the holder, for people; it says nothing when nobody holds the lock.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from scholar_etl.clock import utc_now
from scholar_etl.errors import LockedError, ScholarEtlError


class ProjectLock:
    """Context manager that holds the lock file at `path`, or raises `LockedError` at once, naming the holder."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ScholarEtlError(
                f"cannot write the lock file {self.path}: {error.strerror}; make its folder writable"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 4096, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise LockedError(self.path, holder or "another process") from None
        except OSError as error:
            os.close(descriptor)
            raise ScholarEtlError(
                f"cannot lock {self.path}: {error.strerror}; put the project on a file system that has locks"
            ) from error
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{_describe_self()}\n".encode(), 0)
        except OSError as error:
            os.close(descriptor)
            raise ScholarEtlError(
                f"cannot write the lock file {self.path}: {error.strerror}; make room on its disk"
            ) from error
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _describe_self() -> str:
    command = " ".join([Path(sys.argv[0] or "python").name, *sys.argv[1:]])
    return f"process {os.getpid()} ({command}) since {utc_now():%Y-%m-%d %H:%M:%S} UTC"
