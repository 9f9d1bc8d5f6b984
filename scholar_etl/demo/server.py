"""The bundled site on the wire: HTTP/1.1 on loopback, and the endpoints under `/_control` that steer it.

| control                     | does                                                                    |
|-----------------------------|-------------------------------------------------------------------------|
| `POST /_control/configure`  | replaces fields of the `Scene` by those of a JSON object; 400 says why not |
| `GET /_control/requests`    | the requests seen so far, oldest first, control requests left out        |
| `DELETE /_control/requests` | forgets them                                                            |
"""

from __future__ import annotations

import gzip
import json
import select
import socket
import struct
import sys
import threading
from collections import Counter, deque
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from scholar_etl.clock import utc_now
from scholar_etl.demo.answer import Answer, Ending
from scholar_etl.demo.scene import Scene
from scholar_etl.errors import UsageError

STALL_S = 30
DRIP_S = 0.1
_PAGES_KEPT = 16_384
_REQUESTS_KEPT = 100_000


class Stage:
    """The running site's memory: the scene, pages made for it, requests seen. Safe to use from many threads."""

    def __init__(self, scene: Scene) -> None:
        self._lock = threading.Lock()
        self._scene = scene
        self._pages: dict[str, Answer] = {}
        self._visits: Counter[str] = Counter()
        self._requests: deque[dict[str, Any]] = deque(maxlen=_REQUESTS_KEPT)

    def configure(self, settings: dict[str, Any]) -> None:
        """Replace fields of the scene and start counting visits anew. Raises `UsageError`."""
        with self._lock:
            self._scene = self._scene.changed(settings)
            self._pages = {}
            self._visits = Counter()

    def answer(self, path: str) -> Answer:
        """Return the answer to one more visit."""
        with self._lock:
            scene, pages, earlier = self._scene, self._pages, self._visits[path]
            self._visits[path] += 1
        usual = pages.get(path)
        if usual is None:
            usual = scene.usual(path)
            if usual.etag and len(pages) < _PAGES_KEPT:
                pages[path] = usual
        return scene.answer(path, usual, earlier)

    def note(self, request: dict[str, Any]) -> None:
        """Remember a request."""
        self._requests.append(request)

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests remembered, oldest first."""
        return list(self._requests)

    def forget_requests(self) -> None:
        """Forget the requests remembered."""
        self._requests.clear()


class SiteServer(ThreadingHTTPServer):
    """A thread a connection; `stage` is what they all play on."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, scene: Scene) -> None:
        self.stage = Stage(scene)
        super().__init__(("127.0.0.1", port), SiteHandler)

    @property
    def url(self) -> str:
        """The site's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as the parent class does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]

    def shutdown_request(self, request: Any) -> None:
        """Close at once: a shutdown would send an orderly end before the reset that a fault asks for."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that went away; tell the rest."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class SiteHandler(BaseHTTPRequestHandler):
    """Reads a request, lets the stage decide, writes the answer."""

    protocol_version = "HTTP/1.1"
    server_version = "ScholarFeed"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SiteServer

    def do_GET(self) -> None:
        """Answer as the scene says; control requests too."""
        if self.path == "/_control/requests":
            self._send_json(200, self.server.stage.requests())
        else:
            self._perform(self.server.stage.answer(self.path.partition("?")[0]))

    def do_HEAD(self) -> None:
        """Answer as to GET; the body stays away when it is sent."""
        self.do_GET()

    def do_DELETE(self) -> None:
        """Forget the requests seen."""
        if self.path != "/_control/requests":
            self._send_json(404, {"error": "no such control"})
            return
        self.server.stage.forget_requests()
        self._send_json(200, {})

    def do_POST(self) -> None:
        """Configure the site."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/_control/configure":
            self._send_json(404, {"error": "no such control"})
            return
        try:
            self.server.stage.configure(json.loads(body))
        except (UsageError, ValueError) as error:
            self._send_json(400, {"error": str(error)})
        else:
            self._send_json(200, {})

    def _perform(self, answer: Answer) -> None:
        """Send an answer the way it is meant to go, and note the request before the client can read it."""
        headers = [("Content-Type", answer.content_type), *answer.headers]
        status, body, gzipped = answer.status, answer.body, answer.gzipped
        if answer.etag:
            accepts_gzip = "gzip" in self.headers.get("Accept-Encoding", "")
            # The two forms of a page have different bytes, so strong validators must differ as well.
            validator = answer.etag[:-1] + ('-gzip"' if accepts_gzip else '"')
            headers += [("ETag", validator), ("Vary", "Accept-Encoding"), ("Cache-Control", "no-cache")]
            if self._is_known(validator) and answer.ending is Ending.COMPLETE:
                status, body, gzipped = 304, b"", False
            elif gzipped and not accepts_gzip:
                body, gzipped = gzip.decompress(body), False
        if gzipped:
            headers.append(("Content-Encoding", "gzip"))
        self._note(None if answer.ending in (Ending.RESET, Ending.SILENT, Ending.RAW) else status)
        length = len(body) if answer.length is None else answer.length
        # What was claimed and what was sent differ: the next answer must not be taken for the rest of this one.
        self.close_connection |= answer.ending is not Ending.COMPLETE or length != len(body)
        match answer.ending:
            case Ending.COMPLETE:
                self._send(status, headers, body, length=length)
            case Ending.CUT:
                self._send(status, headers, body[: len(body) // 2], length=length)
            case Ending.STALLED:
                self._send(status, headers, b"", length=length)
                self._hold(STALL_S)
            case Ending.DRIPPING:
                self._send(status, headers, b"", length=length)
                self._drip(body)
            case Ending.SILENT:
                self._hold(STALL_S)
            case Ending.RAW:
                self.wfile.write(body)
            case Ending.RESET:
                abort = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)

    def _hold(self, longest_s: float) -> bool:
        """Wait until the client closes its side; return whether it did so in time."""
        self.wfile.flush()
        # Readable means closed: the client has nothing more to say.
        return bool(select.select([self.connection], [], [], longest_s)[0])

    def _drip(self, body: bytes) -> None:
        for number in range(int(STALL_S / DRIP_S)):
            if self._hold(DRIP_S):
                return
            self.wfile.write(body[number : number + 1])

    def _is_known(self, validator: str) -> bool:
        known = [tag.strip().removeprefix("W/") for tag in self.headers.get("If-None-Match", "").split(",")]
        return validator.removeprefix("W/") in known or "*" in known

    def _note(self, status: int | None) -> None:
        self.server.stage.note(
            {
                "at": utc_now().isoformat(),
                "method": self.command,
                "path": self.path,
                "status": status,
                "user_agent": self.headers.get("User-Agent"),
                "if_none_match": self.headers.get("If-None-Match"),
                "if_modified_since": self.headers.get("If-Modified-Since"),
            }
        )

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, *, length: int | None = None) -> None:
        """Send status, headers and body; `length` is what Content-Length says of it, None for the truth."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_json(self, status: int, document: Any) -> None:
        self._send(status, [("Content-Type", "application/json")], json.dumps(document).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the parent's name)
        """Keep quiet: the log of requests is asked for over the wire."""
