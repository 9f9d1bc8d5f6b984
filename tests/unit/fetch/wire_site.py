"""A server that says, byte for byte, what a test tells it to; and time that passes only when everybody waits."""

from __future__ import annotations

import asyncio
import selectors
import socketserver
import struct
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any, TypeVar

T = TypeVar("T")
Answer = bytes | Callable[[socket], None]

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class WireSite:
    """A raw HTTP server on loopback, in threads. `answers` maps a path to bytes, or to a function of the socket."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {"/robots.txt": http(404)}
        self.seen: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                if self.rfile.peek(1)[:1] == b"\x16":  # the beginning of TLS, which is not spoken here
                    self.wfile.write(http(400))
                    return
                line = self.rfile.readline().decode("latin-1")
                headers = {}
                while header := self.rfile.readline().decode("latin-1").strip():
                    name, _, value = header.partition(":")
                    headers[name.strip().lower()] = value.strip()
                if not line:
                    return
                path = line.split(" ")[1]
                site.seen.append((path, headers))
                answer = site.answers.get(path, http(404))
                if callable(answer):
                    answer(self.connection)
                else:
                    self.wfile.write(answer)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def paths(self) -> list[str]:
        """Return the paths asked for so far, in order."""
        return [path for path, _ in self.seen]

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def http(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """Return one whole HTTP/1.1 answer; `length` is what Content-Length claims, -1 leaves it out."""
    claimed = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} X", "Connection: close", *headers]
    if claimed >= 0:
        lines.append(f"Content-Length: {claimed}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def reset(connection: socket) -> None:
    """Break the connection off: no answer, a TCP reset."""
    connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def stall_after(data: bytes) -> Callable[[socket], None]:
    """Send that much, then nothing, until the client has had enough."""

    def answer(connection: socket) -> None:
        connection.sendall(data)
        while connection.recv(1024):
            pass

    return answer


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer as soon as nothing else is to be done."""

    def __init__(self) -> None:
        self._now = 0.0
        loop = self

        class Selector(selectors.DefaultSelector):
            def select(self, timeout: float | None = None) -> Any:
                events = super().select(0)
                if not events and timeout is None:
                    raise RuntimeError("everybody waits, and nothing will happen any more")
                if not events:
                    loop._now += max(timeout or 0, 1e-9)  # it never stands still, or rounding would spin for ever
                return events

        super().__init__(Selector())

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self._now


class VirtualTime:
    """Runs coroutines on a `VirtualTimeLoop`; `clock` tells the same time as a date."""

    def __init__(self) -> None:
        self.loop = VirtualTimeLoop()

    def clock(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return START + timedelta(seconds=self.loop.time())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, in next to no real time."""
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            return runner.run(work)
