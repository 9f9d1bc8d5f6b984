"""The command line in a process that dies, or whose disk is full, at a point told beforehand.

    python victim.py PLAN ARGUMENTS…        # PLAN is JSON, ARGUMENTS are those of scholar-etl

It writes "ready" to standard output once everything is imported: a time counted from there is a time of the work. The
plan is an object with any of

    "trace": true           the lines run are told at the end: JSON, [[file, line, times], …], by their first time
    "at": [file, line, n]   it happens when that line is about to run the n-th time; without it, from the start
    "do": "kill"            SIGKILL; with "bytes": n, death within the write that makes a file longer than that
    "do": "fill"            no file grows beyond "bytes": n any more (0 when not given), as on a full disk; with
                            "balloon": path, that file takes all room of its disk but as many bytes

Lines are those of the modules that touch files, and of `shutil`, which copies for them. A limit on the size of files
(RLIMIT_FSIZE) is the end of the disk: what fits is written, and the rest is for the kernel to refuse, or to kill for.

Every refresh compacts the writer's file: that is the longest way.
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import scholar_etl
import scholar_etl.cli.refresh
import scholar_etl.pipeline
from scholar_etl.store import compact

Line = tuple[str, int]

_PACKAGE = Path(scholar_etl.__file__).parent
_WATCHED = {
    str(file): file.relative_to(_PACKAGE).as_posix()
    for pattern in ("store/*.py", "archive/*.py", "pipeline/*.py", "files.py", "lock.py")
    for file in _PACKAGE.glob(pattern)
} | {shutil.__file__: "shutil.py"}


def trace(on_line: Callable[[Line], None], only: str | None = None) -> None:
    """Tell `on_line` each watched line before it runs; those of one file `only`, when it is given."""

    def enter(frame: FrameType, _: str, __: Any) -> Any:
        name = _WATCHED.get(frame.f_code.co_filename)
        if name is None or (only is not None and name != only):
            return None

        def step(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                on_line((name, frame.f_lineno))
            return step

        return step

    sys.settrace(enter)


def act(plan: dict[str, Any]) -> None:
    """Let it happen: nothing is closed and nothing cleaned up by a death."""
    if plan["do"] == "kill" and "bytes" not in plan:
        os.kill(os.getpid(), signal.SIGKILL)
    if plan["do"] == "kill":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, so that a write fails instead
    size_bytes = plan.get("bytes", 0)
    if "balloon" in plan:
        blow_up(Path(plan["balloon"]), size_bytes)
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def blow_up(balloon: Path, free_bytes: int) -> None:
    """Let a file take all room of its disk but so many bytes."""
    with balloon.open("wb") as file:
        disk = os.statvfs(balloon)
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - free_bytes)


def prepare(plan: dict[str, Any]) -> Counter[Line]:
    """Arrange what is to happen; return where lines are counted."""
    lines: Counter[Line] = Counter()
    if "at" in plan:
        file, number, nth = plan["at"]

        def on_line(line: Line) -> None:
            lines[line] += 1
            if line == (file, number) and lines[line] == nth:
                act(plan)

        trace(on_line, only=file)
    elif "do" in plan:
        act(plan)
    elif "trace" in plan:
        trace(lambda line: lines.update((line,)))
    return lines


def main() -> None:
    """Run the command line as planned."""
    plan = json.loads(sys.argv.pop(1))
    compact.GROWTH = 0
    print("ready", flush=True)
    lines = prepare(plan)
    try:
        runpy.run_module("scholar_etl", run_name="__main__", alter_sys=True)
    finally:
        sys.settrace(None)
        if "trace" in plan:
            print(json.dumps([[*line, times] for line, times in lines.items()]))


if __name__ == "__main__":
    main()
