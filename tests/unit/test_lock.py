"""One writer at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import scholar_etl
from scholar_etl.errors import LockedError, ScholarEtlError
from scholar_etl.lock import ProjectLock

HOLD = """
import sys
from scholar_etl.lock import ProjectLock
with ProjectLock(sys.argv[1]):
    print("held", flush=True)
    input()
"""


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    """Not even the same process gets it twice; when it is left, its file names nobody and it can be had again."""
    path = tmp_path / "below" / "lock"
    with ProjectLock(path):
        with pytest.raises(LockedError, match=f"is locked by process {os.getpid()} ") as refusal, ProjectLock(path):
            pass
        assert refusal.value.path == path
        assert str(os.getpid()) in path.read_text()
    assert path.read_text() == ""
    with ProjectLock(path):
        pass


def test_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    """However a process ends, its lock ends with it: what its file still says blocks nobody."""
    path = tmp_path / "lock"
    environment = {**os.environ, "PYTHONPATH": str(Path(scholar_etl.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        with pytest.raises(LockedError, match=f"process {holder.pid} "), ProjectLock(path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert str(holder.pid) in path.read_text()
    with ProjectLock(path):
        assert f"process {os.getpid()} " in path.read_text()


def test_a_lock_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file where a folder should be: said with its path."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ScholarEtlError, match=f"cannot write the lock file {tmp_path}/file/lock: "),
        ProjectLock(tmp_path / "file" / "lock"),
    ):
        pass
