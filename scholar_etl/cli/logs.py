"""Logging to standard error by the standard library, for people or for machines."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback

import click

from scholar_etl.text import one_line


class _InUtc(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - its name
        return time.strftime(datefmt or "%Y-%m-%d %H:%M:%S", time.gmtime(record.created))


class _ForPeople(_InUtc):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        # What was scraped may stand in a message; a traceback's own lines may stay lines.
        return text if record.exc_info else one_line(text)


class _ForMachines(_InUtc):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def tell(message: str, level: int = logging.INFO, *, style: str = "", with_traceback: bool = False) -> None:
    """Say one line on standard error whatever the log level: to a person, or as a record where the log is JSON."""
    machines = [h for h in logging.getLogger().handlers if isinstance(h.formatter, _ForMachines)]
    trace = sys.exc_info() if with_traceback else None
    for handler in machines:
        handler.handle(logging.LogRecord("scholar_etl.cli", level, "", 0, one_line(message), (), trace))
    if machines:
        return
    if with_traceback:
        traceback.print_exc()
    if style and sys.stderr.isatty():
        from rich.text import Text

        from scholar_etl.cli.render import console

        console(sys.stderr).print(Text(one_line(message), style=style), soft_wrap=True)
    else:
        click.echo(one_line(message), err=True)


def set_up_logging(level: str, *, as_json: bool) -> None:
    """Send our own log and the libraries' warnings to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_ForMachines() if as_json else _ForPeople("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # the fetcher tells of its retries itself
    logging.getLogger("scholar_etl").setLevel(level.upper())
