"""What a refresh by several workers needs, each in processes of its own: PostgreSQL, Prefect's server, workers."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from testbed import environment, free_port, until

ROOT = Path(__file__).parents[2]
POOL = "scholar-etl"
GUARD_S = 400
"""Only a guard: nothing here is measured."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL with its data in a folder of its own; give the address of its database as Prefect takes it.

    Skip where PostgreSQL is not installed; under CI that is a failure.
    """
    programs = _postgres_programs()
    if programs is None:
        assert not os.environ.get("CI"), "PostgreSQL is not installed"
        pytest.skip("needs PostgreSQL (Debian's package postgresql)")
    port = free_port()
    with TemporaryDirectory(prefix="postgres-") as folder:
        as_user: list[str] = []
        if os.getuid() == 0:  # as whom it refuses to run
            as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        data = ["-D", f"{folder}/data"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

        def run(program: str, *arguments: str) -> None:
            command = [*as_user, str(programs / program), *data, *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=GUARD_S)

        run("initdb", "-A", "trust", "-U", "prefect", "-E", "UTF8", "--locale=C")
        run("pg_ctl", "-w", "-s", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


def _postgres_programs() -> Path | None:
    if os.getuid() == 0 and shutil.which("runuser") is None:
        return None
    found = shutil.which("pg_ctl")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(found).parent] if found else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Cluster:
    """A Prefect server on PostgreSQL, and the workers of one pool. What is left of them at the end is killed."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}/api"
        self.variables = {
            "PREFECT_API_URL": self.url,
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_CLI_PROMPT": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }
        self._database = database
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        port = self.url.split(":")[2].removesuffix("/api")
        server = ["server", "start", "--no-ui", "--host", "127.0.0.1", "--port", port]
        self.spawn("server", *server, PREFECT_API_DATABASE_CONNECTION_URL=self._database)
        until(lambda: self._get("/health") == 200, guard_s=GUARD_S)

    def prefect(self, *arguments: str, **variables: str) -> str:
        """Call Prefect's command line at the top of the checkout, and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            cwd=ROOT,
            env=environment(**self.variables, **variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=GUARD_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def spawn(self, name: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start Prefect's command line in a process, with a log of that name, that leads a group of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment(**self.variables, **variables),
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        """Start a worker that runs one shard at a time."""
        return self.spawn(name, "worker", "start", "--pool", POOL, "--name", name, "--limit", "1")

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        """Return what the server's API answers."""
        answer = httpx.post(f"{self.url}{path}", json=body, timeout=GUARD_S, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def shards(self, *states: str) -> list[dict[str, Any]]:
        """Return the runs of shards in states of these types."""
        body = {
            "flows": {"name": {"any_": ["scholar-etl fetch shard"]}},
            "flow_runs": {"state": {"type": {"any_": list(states)}}},
        }
        found: list[dict[str, Any]] = self.ask("/flow_runs/filter", body)
        return found

    def stop(self) -> None:
        """Kill all that was started."""
        for process in reversed(self._processes):
            lose(process)

    def _get(self, path: str) -> int | None:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}{path}", timeout=GUARD_S, trust_env=False).status_code
        return None


def lose(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it has started, as if the machine were gone."""
    for pid in [process.pid, *_below(process.pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _below(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            parents.setdefault(int(parent), []).append(int(folder.name))
    below, found = [pid], []
    while below:
        children = parents.get(below.pop(), [])
        below += children
        found += children
    return found
