"""docs/operations.md: its figures computed again, its commands run, its compose file read."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from testbed import environment

from scholar_etl.cli import cli

_DOCS = Path(__file__).parents[2] / "docs"
_TEXT = (_DOCS / "operations.md").read_text(encoding="utf-8")
_COMPOSE: dict[str, Any] = yaml.safe_load((_DOCS / "compose.yaml").read_text(encoding="utf-8"))


def _section(heading: str) -> str:
    """Return the text below a heading, up to the next one of any level."""
    return _TEXT.split(f" {heading}\n", 1)[1].split("\n#", 1)[0]


def _commands(text: str) -> list[list[str]]:
    """Return the command lines of a piece of the page."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_the_figures_are_their_formulas() -> None:
    """Every row of the tables of growth shows what its formula gives, to two digits."""
    growth = _section("Sizes and growth")
    measured = {name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", growth, re.MULTILINE)}
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \| ([\d.]+) \|$", growth, re.MULTILINE)
    assert len(rows) > 20
    used = set()
    for what, formula, figure in rows:
        assert re.fullmatch(r"[\w\s.*/()]+", formula)
        used |= set(re.findall(r"\b[a-z]\w+", formula))
        value = eval(formula, {"__builtins__": {}}, measured)  # noqa: S307 - digits, names of the table, operators
        assert f"{value:.2g}" == f"{float(figure):.2g}", (what, value)
    assert used == set(measured)


def test_the_measured_figures_are_those_of_the_benchmarks() -> None:
    """What the formulas start from stands in docs/benchmarks.md."""
    benchmarks = (_DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert "| WARC, references for what is unchanged | 161.69 | 10,779 | 1 |" in benchmarks
    assert "| packed month | 11.30 | 753 |" in benchmarks
    assert "| replay | 86.74 | 5.78 |" in benchmarks
    for day in ("| 2 | 0.304 | 0.200 | 0.343 | 46.1 |", "| 365 | 0.391 | 0.260 | 0.466 | 122.2 |"):
        assert day in benchmarks
    assert "4.5 s of CPU, and came on six days" in benchmarks
    assert "normalised, checked | 1.9 |\n" in benchmarks
    assert "| fetch, in a thread of its own | 2.1 |\n" in benchmarks
    assert "| archive: three records, compressed, one `fsync` | 0.9 |\n" in benchmarks


def _told_commands() -> list[list[str]]:
    compose = [service["command"] for service in _COMPOSE["services"].values() if "command" in service]
    page = [line for line in _commands(_TEXT) if line[0] != "docker"]
    docker = [line[line.index("loader") + 1 :] for line in _commands(_TEXT) if line[0] == "docker" and "loader" in line]
    return [line for line in (*compose, *page, *docker) if line[0] not in ("export", "server")]


def test_every_prefect_command_and_option_exists() -> None:
    """Prefect's own help knows each command that the page and the compose file give, and each of its options."""
    lines = [line for line in _told_commands() if line[0] == "prefect"]
    assert len(lines) >= 5
    helps: dict[tuple[str, ...], str] = {}
    for line in lines:
        words = [word for word in line[1:] if word != "--no-prompt"]
        path = tuple(words[: next((n for n, word in enumerate(words) if word.startswith("-")), len(words))])
        path = path[:2] if path[0] in ("worker", "work-pool", "server") else path[:1]
        if path not in helps:
            command = [sys.executable, "-m", "prefect", *path, "--help"]
            done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False, timeout=120)
            assert done.returncode == 0, done.stderr
            helps[path] = done.stdout
        for option in (word for word in line if word.startswith("--") and word != "--no-prompt"):
            assert option in helps[path], (line, option)


def test_every_scholar_etl_command_exists() -> None:
    """And so do ours."""
    lines = [line for line in _told_commands() if line[0] == "scholar-etl"]
    assert len(lines) >= 6
    for line in lines:
        group: click.Command | None = cli
        for word in (word for word in line[1:] if not word.startswith(("-", "/"))):
            assert isinstance(group, click.Group)
            group = group.get_command(click.Context(group), word)
        assert group is not None, line


def test_the_compose_file_holds_together() -> None:
    """Every service has an image, and every service, volume and variable that is named exists."""
    assert set(_COMPOSE) - {key for key in _COMPOSE if key.startswith("x-")} == {"name", "services", "volumes"}
    services = _COMPOSE["services"]
    assert set(services) == {"database", "prefect", "store", "loader", "worker"}
    for name, service in services.items():
        assert service["image"], name
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in _COMPOSE["volumes"]
        for condition in service.get("depends_on", {}).values():
            assert condition["condition"] in ("service_healthy", "service_started")
    healthy = {
        other
        for service in services.values()
        for other, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    assert all("healthcheck" in services[name] for name in healthy)


def test_the_image_holds_no_password_and_no_project() -> None:
    """The image is built from the whole checkout, less the passwords and the project that the page puts into docs/."""
    assert _COMPOSE["services"]["prefect"]["build"]["context"] == ".."
    projects = {
        volume.split(":")[0]
        for service in _COMPOSE["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    left_out = {"docs/.env", *(f"docs/{project.removeprefix('./')}" for project in projects)}
    assert len(left_out) == 2
    root = _DOCS.parent
    assert left_out <= set((root / ".dockerignore").read_text(encoding="utf-8").splitlines())
    assert left_out <= {line.strip("/") for line in (root / ".gitignore").read_text(encoding="utf-8").splitlines()}


def test_every_variable_of_prefect_is_a_setting() -> None:
    """Prefect knows each PREFECT_ variable of the page and of the compose file: a misspelt one would do nothing."""
    from prefect.settings.legacy import _get_settings_fields
    from prefect.settings.models.root import Settings

    known = set(_get_settings_fields(Settings))
    named = set(re.findall(r"PREFECT_\w+", _TEXT + (_DOCS / "compose.yaml").read_text(encoding="utf-8")))
    assert len(named) > 6
    assert named <= known


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("DO_NOT_TRACK", "1")
