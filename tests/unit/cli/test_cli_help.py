"""Every command explains itself, with examples."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from testbed import call

from scholar_etl.cli import cli
from scholar_etl.fields import MACROS, VIEWS


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with its path, groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = dict(commands())


def test_the_commands_are_those_promised() -> None:
    """Each command that the project promises exists."""
    assert {path[0] for path in ALL} >= {
        "demo", "init", "watch", "refresh", "extract", "diff", "sql", "export", "status",
    }  # fmt: skip
    assert {path[1] for path in ALL if path[:1] == ("watch",) and len(path) == 2} == {"add", "list", "remove"}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_a_command_says_what_it_does(path: tuple[str, ...]) -> None:
    """--help goes to standard output with a summary and examples that begin with the command itself."""
    done = call(*path, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: scholar-etl {' '.join(path)} ")
    assert "Examples:" in done.out
    examples = [line for line in done.out.splitlines() if re.search(rf"scholar-etl.* {path[-1]}\b", line)]
    assert len(examples) > 1  # the usage line and an example
    assert done.out == call(*path, "-h").out
    assert max(map(len, done.out.splitlines())) <= 120


@pytest.mark.parametrize("path", [(), *ALL], ids=" ".join)
def test_every_option_has_help(path: tuple[str, ...]) -> None:
    """No option is left to be guessed."""
    command = ALL[path] if path else cli
    silent = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]
    assert silent == []
    assert command.help


@pytest.mark.parametrize("path", [path for path, command in ALL.items() if isinstance(command, click.Group)])
def test_the_list_of_a_group_is_not_cut(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its commands has a whole line at 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    listed = call(*path, "--help").out.partition("Commands:\n")[2].splitlines()
    assert all(re.fullmatch(r"  [a-z]+ +[A-Z].*[^.]\.", line) for line in listed)
    assert len(listed) == sum(len(other) == len(path) + 1 and other[: len(path)] == path for other in ALL)


def test_sql_names_what_there_is_to_query() -> None:
    """Every view and every macro."""
    told = call("sql", "--help").out
    assert set(re.findall(r"\w+", told)) >= VIEWS.keys() | MACROS.keys()


def test_the_list_of_commands_has_a_line_for_each() -> None:
    """The overview names every command with a full summary, and where to begin."""
    done = call("--help")
    assert done.code == 0
    for path in ALL:
        if len(path) == 1:
            assert re.search(rf"^  {path[0]} +[A-Z].*\.$", done.out, re.MULTILINE), path
    assert "..." not in done.out.partition("Commands:")[2]
    assert "scholar-etl demo" in done.out


@pytest.mark.parametrize("arguments", [(), ("watch",)])
def test_a_call_without_a_command_shows_the_help(arguments: tuple[str, ...]) -> None:
    """On standard error and with exit 2: it is no data, and nothing was done."""
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err == call(*arguments, "--help").out


def test_the_version_is_said() -> None:
    """One line on standard output."""
    done = call("--version")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"scholar-etl, version \d+\.\d+\.\d+\n", done.out)
