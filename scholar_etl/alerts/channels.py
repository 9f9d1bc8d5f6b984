"""Where alerts go: the only user of apprise. An address is secret: no more of it than a channel's name is ever told."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from threading import get_ident
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from scholar_etl.alerts.message import HTML, MARKDOWN, TEXT, write_body, write_subject
from scholar_etl.interruptible import Interruptible
from scholar_etl.model import Message
from scholar_etl.redact import redact_address
from scholar_etl.text import one_line

if TYPE_CHECKING:
    from apprise import NotifyBase

# Whose host is a server, and no token as elsewhere.
_WITH_SERVER = frozenset({"mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms", "gotify", "gotifys"})
_SERVER = re.compile(r"[\w.-]+(:\d+)?|\[[\da-f:]+\](:\d+)?", re.ASCII | re.IGNORECASE)
# What would have a file of this machine read.
_OF_FILES = frozenset({"attach", "attachment", "keyfile", "pgp", "pgpkey", "pgpprv", "pgppub", "subfile", "template"})
_LONGEST_REASON = 200
_CAUSE = re.compile(r"\[Errno -?\d+\] [^'\")]+")  # the end of a chain of causes
_REASON = "Socket Exception: "  # what a warning leaves out, and apprise tells at the level of debugging


class Channel:
    """A receiver of alerts. `name` tells it from the others and is no secret."""

    def __init__(self, address: str) -> None:
        self._address = address
        scheme, _, rest = address.partition("://")
        before, _, after = rest.partition("?")[0].partition("/")
        server = before.rpartition("@")[2]
        # Where a password holds a slash, what stands before it looks like a server.
        is_shown = scheme.lower() in _WITH_SERVER and "@" not in after and _SERVER.fullmatch(server) is not None
        self._host = server.partition(":")[0] if is_shown else ""
        # 16 bits: enough to tell a few channels apart, too few to try passwords on.
        mark = blake2b(address.encode(), digest_size=2).hexdigest()
        self.name = f"{scheme}://{server if is_shown else '…'} ({mark})"

    def send(self, message: Message, timeout_s: float) -> str | None:
        """Send a message; return None when it was taken, else why not, in one line without a secret.

        What has not answered in `timeout_s` seconds is left behind: it may still arrive.
        """
        parameters = parse_qsl(self._address.partition("?")[2], keep_blank_values=True)
        if files := {key.lower() for key, _ in parameters} & _OF_FILES:
            return f"its address has the parameter {min(files)!r}, and no file of this machine is read for a message"
        try:
            reason = Interruptible(lambda: None, timeout_s).call(partial(self._send, message))
        except TimeoutError:
            return f"it did not answer within {timeout_s:g} s"
        except Exception as error:  # noqa: BLE001 - whatever more than a hundred plugins may raise
            reason = f"{type(error).__name__}: {error}"
        if reason is None:
            return None
        return one_line(redact_address(reason, self._address, shown=self._host))[:_LONGEST_REASON]

    def _send(self, message: Message) -> str | None:
        with _what_apprise_says() as said:
            from apprise import Apprise

            plugin = _plugin(self._address)
            if plugin is None:
                return "; ".join(said) or "apprise knows no such address: see docs/alerts.md"
            form, body_format = _form(plugin)
            headers = getattr(plugin, "headers", None)
            if isinstance(headers, dict):
                headers["Idempotency-Key"] = message.message_id
            sender = Apprise()
            sender.add(plugin)
            is_taken = sender.notify(
                title=write_subject(message),
                body=write_body(message, form, plugin.body_maxlen),
                body_format=body_format,
            )
            return None if is_taken else "; ".join(said) or "apprise does not say why"


def _plugin(address: str) -> NotifyBase | None:
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="scholar-etl",
        app_desc="scholar-etl",
        app_url="",
        # Pictures that a receiver's program would fetch from elsewhere.
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        interpret_emojis=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
    )
    plugin: NotifyBase | None = Apprise.instantiate(address, asset=asset)
    if plugin is not None:
        plugin.optional = False  # else a failure counts as a success
    return plugin


def _form(plugin: NotifyBase) -> tuple[Any, Any]:
    """Return how a plugin's service wants a body to be written, for us and for apprise."""
    from apprise import NotifyFormat

    forms = {NotifyFormat.HTML: HTML, NotifyFormat.MARKDOWN: MARKDOWN}
    return forms.get(plugin.notify_format, TEXT), plugin.notify_format


@contextmanager
def _what_apprise_says() -> Iterator[Sequence[str]]:
    """Collect the warnings of this thread, and what a server said; no log has them, since they name addresses."""
    said: list[str] = []
    mine = get_ident()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said_here = record.getMessage()
            if record.thread == mine and (record.levelno >= logging.WARNING or said_here.startswith(_REASON)):
                cause = _CAUSE.search(said_here)
                said.append(cause[0] if cause else said_here.removeprefix(_REASON))

    logger, collector = logging.getLogger("apprise"), Collector()
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # for what a thread says that was left behind
    logger.addHandler(collector)
    try:
        yield said
    finally:
        logger.removeHandler(collector)
