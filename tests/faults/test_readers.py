"""People read the published file while it is replaced: never an error, never half a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed import Bench, environment

from scholar_etl.demo import facts
from scholar_etl.demo.site import DemoSite

REFRESHES = 20
OPENS = 60
"""How often each reader opens the file at least: refreshes go on until it has."""

KEYS = tuple(facts.FIRST_KEY + number for number in (0, 1, 2, 5, 6, 7))
"""Authors whose pages never fail."""


class Reader:
    """A reader in a process of its own; `opens` counts how often it has opened the file and seen a whole run."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.opens = 0
        self._process = process

    def catch_up(self, run_count: int) -> None:
        """Wait until it has seen that many runs."""
        assert self._process.stdout
        while line := self._process.stdout.readline():
            self.opens += 1
            if int(line) == run_count:
                return
        raise AssertionError(self._process.stderr and self._process.stderr.read())

    def stop(self) -> None:
        """Let it end; it has nothing to complain of."""
        said, complaint = self._process.communicate()
        self.opens += len(said.splitlines())
        assert (self._process.returncode, complaint) == (0, "")


@contextmanager
def read(way: str, path: Path) -> Iterator[Reader]:
    """Start a reader, `plain` or by the `library`; it does not outlive the block."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("reader.py")), way, str(path), str(len(KEYS))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            yield Reader(process)
        finally:
            process.kill()


def test_readers_see_whole_runs_and_no_error(site: DemoSite, tmp_path: Path) -> None:
    """Two readers open the file again and again while it is replaced: each time it opens, and a whole run is in it.

    Both see each run in the end, and never an older one after a newer.
    """
    bench = Bench(tmp_path / "project", site.url, KEYS)
    assert bench("refresh").code == 0
    with read("plain", bench.published) as plain, read("library", bench.published) as library:
        readers = (plain, library)
        run_count = 1
        while run_count <= REFRESHES or min(reader.opens for reader in readers) < OPENS:
            site.configure(day=run_count)
            assert bench("refresh").code == 0
            run_count += 1
            for reader in readers:
                reader.catch_up(run_count)
        for reader in readers:
            reader.stop()
    print(f"{run_count - 1} refreshes beside readers; opened {plain.opens} and {library.opens} times")
