"""docs/cli.md against the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scholar_etl.cli import cli

_TEXT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
_HEADING = re.compile(r"^#{2,3} ([a-z]+(?: [a-z]+)*)$", flags=re.MULTILINE)


def _commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, by its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


_COMMANDS = dict(_commands(cli))


def _section(name: str) -> str:
    """Return the page's text on a command, empty when it has none."""
    pieces = _HEADING.split(_TEXT)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True)).get(name, "")


def _options(command: click.Command) -> Iterator[click.Option]:
    yield from (parameter for parameter in command.params if isinstance(parameter, click.Option))


@pytest.mark.parametrize("name", _COMMANDS)
def test_each_command_is_documented_with_an_example(name: str) -> None:
    """A command has a section, with its usage and at least one call of it."""
    calls = re.findall(rf"^    .*scholar-etl {name}\b.*$", _section(name), flags=re.MULTILINE)
    assert len(calls) >= 2


@pytest.mark.parametrize("name", _COMMANDS)
def test_each_option_is_documented_and_no_other(name: str) -> None:
    """A command's table has a row for each option that the command has, and its text names no other of them."""
    section, own = _section(name), {form for option in _options(_COMMANDS[name]) for form in option.opts}
    whole = {form for option in _options(cli) for form in option.opts}
    assert set(re.findall(r"^\| `(--[a-z-]+)", section, flags=re.MULTILINE)) == own
    assert set(re.findall(r"--[a-z][a-z-]*", section)) - whole == own


@pytest.mark.parametrize("name", _COMMANDS)
def test_each_default_is_documented(name: str) -> None:
    """A default that --help shows stands in the row of its option."""
    for option in _options(_COMMANDS[name]):
        if option.show_default is True and not option.is_flag:
            (row,) = re.findall(rf"^\| `{option.opts[0]}\b.*$", _section(name), flags=re.MULTILINE)
            assert re.search(rf"default `?{option.default}\b", row), row


def test_options_of_the_whole_are_documented() -> None:
    """What stands before a command is in the table at the top of the page."""
    top = _HEADING.split(_TEXT)[0].split("\n## ")[0]
    for option in _options(cli):
        assert all(f"`{form}" in top for form in option.opts), option.opts


def test_no_command_is_documented_that_does_not_exist() -> None:
    """Headings that look like commands are commands or groups of them."""
    headings = set(_HEADING.findall(_TEXT))
    groups = {name.partition(" ")[0] for name in _COMMANDS}
    assert headings <= {*_COMMANDS, *groups}


def test_exit_codes_are_those_of_the_contract_and_of_an_interrupt() -> None:
    """The table of exit codes lists each code once."""
    assert re.findall(r"^\| (\d+) \|", _TEXT, flags=re.MULTILINE) == ["0", "1", "2", "3", "4", "130"]
