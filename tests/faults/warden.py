"""Reads each page in a process of its own, within bounds of CPU time and memory: a hang is a death, as a crash is.

As a script it is the warden itself: for each page on standard input (its length in 8 bytes, big-endian, and the page)
it forks a child that reads it, twice, and writes one line of JSON on how that ended.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction

CPU_S = 2
"""For one reading."""
MEMORY_MB = 256
"""On top of what the process holds before it reads."""

_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_URL = "https://www.scholarfeed.org/author/1001"
_LENGTH_BYTES = 8


class Warden:
    """The warden in a process of its own. `most` is the most CPU time (s, both readings) and memory (MB) of a page."""

    def __init__(self) -> None:
        self.most: dict[str, float] = {"cpu_s": 0.0, "memory_mb": 0.0}

    def __enter__(self) -> Warden:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def read(self, page: bytes) -> str:
        """Return the outcome of a page. Raises `AssertionError` when reading it died, or took more than it may."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(len(page).to_bytes(_LENGTH_BYTES) + page)
        self._process.stdin.flush()
        end: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert end["status"] == 0, f"status {end['status']} after {end['cpu_s']:.1f} s of CPU; {len(page):,} bytes"
        self.most = {name: max(value, end[name]) for name, value in self.most.items()}
        return str(end["outcome"])


def _watch() -> None:
    while head := sys.stdin.buffer.read(_LENGTH_BYTES):
        page = sys.stdin.buffer.read(int.from_bytes(head))
        receiving, sending = os.pipe()
        before_mb = _resident_mb()
        child = os.fork()
        if child == 0:
            os.close(receiving)
            with os.fdopen(sending, "wb") as answer:
                _read_within_bounds(page, answer)
            os._exit(0)
        os.close(sending)
        with os.fdopen(receiving, "rb") as answer:
            outcome = answer.read().decode()
        _, status, used = os.wait4(child, 0)
        end = {
            "status": os.waitstatus_to_exitcode(status),
            "outcome": outcome,
            "cpu_s": used.ru_utime + used.ru_stime,
            "memory_mb": used.ru_maxrss / 1024 - before_mb,
        }
        print(json.dumps(end), flush=True)


def _read_within_bounds(page: bytes, answer: BinaryIO) -> None:
    """Read the page and write its outcome; leave with 1 and a traceback when that raises."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY_MB * 2**20,) * 2)
        extraction = _read(page)
        # The extractor may have learnt something of the page by now.
        assert _read(page) == extraction, "read a second time, the page says something else"
        document = json.dumps(extraction.to_dict(), ensure_ascii=False).encode()
        assert (extraction.profile is None) == (extraction.outcome != "accepted"), document
        assert extraction.profile is not None or extraction.problems, "refused without a reason"
        answer.write(extraction.outcome.value.encode())
    except BaseException:  # noqa: BLE001 - whatever it is, the warden is to hear of it
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _read(page: bytes) -> Extraction:
    # Of CPU time, to the microsecond, where RLIMIT_CPU knows whole seconds of the process: SIGPROF ends it.
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    return extract_page(page, url=_URL, fetched_at=_NOON)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


if __name__ == "__main__":
    _watch()
