"""The command line: a thin rim over the library. Each command is imported when it is called.

Data goes to standard output, progress and messages to standard error. Every error is one line.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

import scholar_etl
from scholar_etl.errors import ScholarEtlError
from scholar_etl.interruptible import is_one_left_behind

_COMMANDS = {
    "archive": "Look after the archive of captures.",
    "demo": "The whole product on a bundled site: no network, no set-up.",
    "init": "Make a project folder.",
    "watch": "Edit the list of authors to follow.",
    "refresh": "Fetch the authors' pages now, and take in what changed.",
    "serve": "Refresh when the schedule says so, until stopped.",
    "extract": "Show what the extractor makes of one saved page.",
    "diff": "Show what changed.",
    "history": "Show how an author's metrics moved.",
    "report": "Make a static site with plots of what moved.",
    "sql": "Query the warehouse.",
    "export": "Write every view as files.",
    "quarantine": "Look at pages that were held back, and try them again.",
    "replay": "Make the warehouse anew from the archive, or compare the two.",
    "alerts": "Try the channels of alerts, and see what was sent.",
    "status": "Show how fresh the warehouse is, and what needs attention.",
}
_INTERRUPTED = 130


class _ReaderGoneError(Exception):
    """Whoever read our output has stopped ("| head"). Click would make a failure of it."""


class _Commands(click.Group):
    """Imports a command's module only when that command is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGoneError from None
        except KeyboardInterrupt:
            raise click.Abort from None  # before click writes an empty line of its own
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"scholar_etl.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with 'scholar-etl demo'. Every command has --help with examples.",
)
@click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="SCHOLAR_ETL_PROJECT",
    default=".",
    help="The project folder.  [default: $SCHOLAR_ETL_PROJECT, else the current folder]",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    default="warning",
    show_default=True,
    help="How much to log on standard error.",
)
@click.option("--log-json", is_flag=True, help="Log one JSON object a line, for machines.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(scholar_etl.__version__, prog_name="scholar-etl")
@click.pass_context
def cli(ctx: click.Context, project: Path, log_level: str, log_json: bool, debug: bool) -> None:
    """Keep the history of researchers' public metrics, and see what changed."""
    from scholar_etl.cli.logs import set_up_logging

    set_up_logging(log_level, as_json=log_json)
    ctx.obj = project
    ctx.meta["debug"] = debug


def main() -> NoReturn:
    """Run the command line and exit: see the table of exit codes in `docs/cli.md`."""
    debug = "--debug" in sys.argv
    try:
        result = cli.main(standalone_mode=False)
        _exit(result if isinstance(result, int) else 0)
    except click.exceptions.Exit as leaving:
        _exit(leaving.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        _exit(error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message().removesuffix("."), 2, debug, hint=_usage_hint(error))
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted", _INTERRUPTED, debug=False)
    except ScholarEtlError as error:
        _fail(str(error), error.exit_code, debug)
    except _ReaderGoneError:
        # End without a word, and without Python's own complaint when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _exit(0)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for people
        said = " ".join(f"{type(error).__name__}: {error}".split())
        _fail(f"{said} (a fault of scholar-etl's: run 'scholar-etl --debug …' and report it)", 1, debug)


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see '{context.command_path} --help')" if context is not None else ""


def _fail(message: str, code: int, debug: bool, hint: str = "") -> NoReturn:
    from scholar_etl.cli.logs import tell

    tell(f"scholar-etl: {message}{hint}", logging.ERROR, with_traceback=debug)
    _exit(code)


def _exit(code: int) -> NoReturn:
    if is_one_left_behind():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
