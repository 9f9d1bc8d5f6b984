"""Receivers of alerts, each in a process of its own: a mail server (aiosmtpd) and a webhook, on loopback.

python receivers.py mail|hook       # prints its port; then reads a word a line, and answers each with a line

ok, fail, hang      from now on: takes messages, refuses each, takes the connection and says nothing
told                the messages taken so far, as JSON, oldest first
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Receiver:
    """Context manager: a receiver that runs, as a test sees it. `kind` is mail or hook."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__, self.kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_PROXY": "*"},
        )
        self.port = int(self._line())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def address(self) -> str:
        """The address of a channel that leads here, with a password that must never be seen."""
        if self.kind == "mail":
            # No password there: this server takes none.
            return f"mailto://127.0.0.1:{self.port}?from=etl@example.org&to=SECRET@example.org"
        return f"json://user:SECRET@127.0.0.1:{self.port}/SECRET?rto=600"

    def be(self, mode: str) -> None:
        """Take messages (ok), refuse them (fail), or say nothing (hang) from now on."""
        assert self._ask(mode) == mode

    def told(self) -> list[dict[str, Any]]:
        """Return the messages taken so far: id, subject, text, html (None in a hook), and the names of headers."""
        messages: list[dict[str, Any]] = json.loads(self._ask("told"))
        return messages

    def _ask(self, word: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the receiver has ended"
        return line.rstrip("\n")


class Desk:
    """What a server's threads and the one that reads words share."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.told: list[dict[str, Any]] = []
        self.never = threading.Event()


def serve_hook(desk: Desk) -> int:
    """Start the webhook; return its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if desk.mode == "hang":
                desk.never.wait()
            if desk.mode == "ok":
                desk.told.append(
                    {
                        "id": self.headers["Idempotency-Key"],
                        "subject": document["title"],
                        "text": document["message"],
                        "html": None,
                        "headers": list(self.headers),
                    }
                )
            self.send_response(200 if desk.mode == "ok" else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def serve_mail(desk: Desk) -> int:
    """Start the mail server; return its port."""
    from aiosmtpd.smtp import SMTP

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
            if desk.mode == "hang":
                await asyncio.Event().wait()
            if desk.mode == "fail":
                return "451 come back later"
            mail = message_from_bytes(envelope.content, policy=policy.default)
            bodies = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
            desk.told.append(
                {
                    "id": mail["Idempotency-Key"],
                    "subject": str(mail["Subject"]),
                    "text": bodies["text/plain"],
                    "html": bodies.get("text/html"),
                    "headers": mail.keys(),
                    "to": envelope.rcpt_tos,
                }
            )
            return "250 taken"

    ready: threading.Event = threading.Event()
    ports: list[int] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Handler(), hostname="localhost", loop=loop), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(run()), daemon=True).start()
    ready.wait()
    return ports[0]


def main() -> None:
    """Serve until standard input ends."""
    desk = Desk()
    print(serve_mail(desk) if sys.argv[1] == "mail" else serve_hook(desk), flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "told":
            print(json.dumps(desk.told), flush=True)
        else:
            desk.mode = word
            print(word, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
