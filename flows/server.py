"""A Prefect server on loopback, inside this process."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from scholar_etl.errors import ScholarEtlError
from scholar_etl.interruptible import ABANDONABLE

from . import keep_prefect_private

_USUAL_PORT = 4200
_PATIENCE_S = 3.0
_REMEDY = "install with the project's constraints.txt"


class LocalServer:
    """Context manager: Prefect's server in a thread of this process, with its data in `<folder>/.prefect`.

    As a part of this process it ends with it, also by SIGKILL: nothing can be left behind that a later start would
    have to find. Enter it before Prefect is imported; this process and its children then use it. Entering raises
    `ScholarEtlError` when it does not start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        listener = _listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        os.environ["PREFECT_API_URL"] = f"{url}/api"
        # Pages of other sites, open in the same browser, may not call it.
        own = f"{url},{url.replace('127.0.0.1', 'localhost')}"
        os.environ.setdefault("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", own)
        # Else it writes into the installed package, which may be read-only or shared.
        os.environ.setdefault("PREFECT_UI_STATIC_DIRECTORY", str(self._folder / ".prefect" / "ui"))
        # Else runs are kept for ever. How long is Prefect's default: 90 days, and 7 for events.
        os.environ.setdefault("PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED", "events,flow_runs")
        keep_prefect_private(self._folder)

        try:
            import uvicorn
            from prefect.server.api.server import create_app
        except Exception as error:
            raise ScholarEtlError(f"Prefect's server cannot be loaded ({error}): {_REMEDY}") from error

        config = uvicorn.Config(create_app(final=True), lifespan="on", log_config=None, timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._run, args=(listener,), name=ABANDONABLE, daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.1)
            self.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_PATIENCE_S)

    def check(self) -> None:
        """Raise `ScholarEtlError` when the server has ended."""
        if not self._thread.is_alive():
            raise ScholarEtlError(
                f"Prefect's server has ended ({self._failure or 'it did not say why'}): start again, and if that does "
                f"not help, {_REMEDY}; PREFECT_SERVER_LOGGING_LEVEL=ERROR shows more"
            )

    def _run(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[listener]))
        except BaseException as error:  # noqa: BLE001 - the main thread tells it
            self._failure = error


def _listen() -> socket.socket:
    """Return a socket on loopback: on Prefect's usual port, so that a bookmark stays good, else on any free one."""
    for port in (_USUAL_PORT, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()  # until then, somebody else may still take it
        except OSError:
            listener.close()
        else:
            return listener
    raise ScholarEtlError("no port is free on 127.0.0.1 for Prefect's server: end what takes them, then try again")
