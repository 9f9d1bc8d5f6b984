"""The bundled site as a process of its own: `python -m scholar_etl.demo.site`, and `DemoSite` to hold one.

The process prints one line of JSON, `{"url": "http://127.0.0.1:<port>"}` when it answers or `{"error": "…"}`
when it cannot, and ends when its standard input closes, so that it never outlives whoever started it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from scholar_etl.clock import utc_now
from scholar_etl.demo import facts
from scholar_etl.demo.markups import MARKUPS
from scholar_etl.demo.scene import Scene
from scholar_etl.demo.server import SiteServer
from scholar_etl.errors import ScholarEtlError, UsageError
from scholar_etl.model import Profile

_CONTROL_TIMEOUT_S = 30


class DemoSite:
    """The bundled site in a process of its own, from `with DemoSite() as site:` to the end of the block.

    `authors` is how many authors it has, keys counting up from `facts.FIRST_KEY`. `today` is the site's date
    (None: the present one in UTC). `port` 0 takes a free one. `url` has no slash at its end.
    """

    def __init__(
        self, *, authors: int = 25, markup: str = MARKUPS[0], today: date | None = None, port: int = 0
    ) -> None:
        self._command = [
            *(sys.executable, "-m", "scholar_etl.demo.site"),
            *("--port", str(port), "--authors", str(authors), "--markup", markup),
            *(("--today", today.isoformat()) if today else ()),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process's number, None when it is not running."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process and wait until it answers. Raises `ScholarEtlError` when it does not."""
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self._process.stdout  # noqa: S101  (for the type checker: it is a pipe)
        said = self._process.stdout.readline()
        ready = json.loads(said) if said else {"error": "see what it wrote to standard error"}
        if "error" in ready:
            self.stop()
            raise ScholarEtlError(f"the bundled site did not start: {ready['error']}")
        self.url = ready["url"]

    def stop(self) -> None:
        """End the process; do nothing when it is not running."""
        if self._process:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    def author_url(self, key: int) -> str:
        """Return the address of an author's page."""
        return f"{self.url}/author/{key}"

    def configure(
        self,
        *,
        day: int | None = None,
        today: date | None = None,
        markup: str | None = None,
        authors: int | None = None,
        robots: str | None = None,
        faults: Mapping[int | str, str | None] | None = None,
        metrics: Mapping[int, Mapping[str, int | None]] | None = None,
        profiles: Mapping[int, Profile | None] | None = None,
    ) -> None:
        """Change the site while it runs; see `Scene`. What is None stays; a mapping replaces the one before.

        Raises `UsageError` when a name is unknown.
        """
        settings: dict[str, Any] = {
            "day": day,
            "today": today and today.isoformat(),
            "markup": markup,
            "authors": authors,
            "robots": robots,
            "faults": faults,
            "metrics": metrics,
            "profiles": profiles and {key: profile and facts.to_json(profile) for key, profile in profiles.items()},
        }
        given = {name: value for name, value in settings.items() if value is not None}
        self._control("POST", "configure", given)

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests seen, oldest first.

        Each has `at` (ISO 8601, UTC), `method`, `path`, `status` (None when the connection was reset),
        `user_agent`, `if_none_match` and `if_modified_since` (None when not sent).
        """
        seen: list[dict[str, Any]] = self._control("GET", "requests")
        return seen

    def forget_requests(self) -> None:
        """Forget the requests seen so far."""
        self._control("DELETE", "requests")

    def _control(self, method: str, name: str, document: Any = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_CONTROL_TIMEOUT_S)
        try:
            connection.request(method, f"/_control/{name}", None if document is None else json.dumps(document))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise UsageError(answer["error"])
        return answer


def main(arguments: list[str] | None = None) -> int:
    """Serve until standard input closes; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scholar_etl.demo.site", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--authors", type=int, default=25)
    parser.add_argument("--markup", choices=MARKUPS, default=MARKUPS[0])
    parser.add_argument("--day", type=int, default=0, help="of the story, from 0")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="the site's date")
    options = parser.parse_args(arguments)
    today = options.today or utc_now().date()
    try:
        scene = Scene(today=today, authors=options.authors, day=options.day, markup=options.markup)
        server = SiteServer(options.port, scene)
    except UsageError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return error.exit_code
    except (OSError, OverflowError) as error:
        print(json.dumps({"error": f"port {options.port} cannot be used ({error}): choose another"}), flush=True)
        return 1
    threading.Thread(target=_stop_with_input, args=(server,), daemon=True).start()
    print(json.dumps({"url": server.url}), flush=True)
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0


def _stop_with_input(server: SiteServer) -> None:
    """Read standard input to its end, which comes with the end of whoever holds the other side."""
    sys.stdin.buffer.read()
    server.shutdown()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
