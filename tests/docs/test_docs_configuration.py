"""docs/configuration.md against the settings themselves."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from scholar_etl.settings import ENV_PREFIX, AlertRule, Settings, load_settings, template
from scholar_etl.watchlist import Watchlist

_TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def _leaves(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) of nested tables."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _defaults() -> dict[str, Any]:
    """Return every key with its default, as TOML would hold it."""
    sections = {name: field.get_default() for name, field in Settings.model_fields.items()}
    dumped = {name: section.model_dump(mode="json") for name, section in sections.items()}
    assert all(isinstance(section, BaseModel) for section in sections.values())
    return dict(_leaves(dumped))


def _another(value: Any) -> Any:
    """Return a value that a key with this default may have too."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return {"0 5 * * *": "30 6 * * 1", "UTC": "Europe/Berlin", "36h": "7d"}.get(value, f"{value}x")


# What is a list is said otherwise than it is shown: an address is secret, and a rule has every key.
_SAID = {"alerts.channels": "json://localhost", "alerts.rule": '[{"on": "new_paper"}]'}
_SHOWN = {
    "alerts.channels": ["**********"],
    "alerts.rule": [AlertRule(on="new_paper").model_dump(mode="json")],
}


def test_each_key_is_documented_with_its_default() -> None:
    """The page's table has every key that the settings have, with the default that they have, and no other."""
    rows = re.findall(r"^\| `([\w.]+)` \| `(.+?)` \| .+ \|$", _TEXT, flags=re.MULTILINE)
    assert {key: json.loads(default) for key, default in rows} == _defaults()


def test_each_environment_variable_is_documented() -> None:
    """The page names the variable of every key."""
    rows = dict(re.findall(rf"^\| `([\w.]+)` \| `({ENV_PREFIX}\w+)` \|$", _TEXT, flags=re.MULTILINE))
    assert rows == {key: f"{ENV_PREFIX}{key.replace('.', '__')}".upper() for key in _defaults()}


@pytest.mark.parametrize("key", _defaults())
def test_each_documented_variable_is_heeded(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable named as on the page changes its key, and no other."""
    file = tmp_path / "scholar-etl.toml"
    file.write_text("")
    other = _SHOWN.get(key) or _another(_defaults()[key])
    monkeypatch.setenv(f"{ENV_PREFIX}{key.replace('.', '__')}".upper(), _SAID.get(key) or str(other))
    assert dict(_leaves(load_settings(file).model_dump(mode="json"))) == {**_defaults(), key: other}


def test_what_init_writes_says_the_defaults() -> None:
    """The commented file of `init` has every key, each with its default."""
    assert dict(_leaves(tomllib.loads(template("scholar-etl.toml")))) == _defaults()


def test_the_watchlist_of_the_page_is_one(tmp_path: Path) -> None:
    """The entry that the page shows can be read."""
    (block,) = re.findall(r"```toml\n(.*?)```", _TEXT, flags=re.DOTALL)
    file = tmp_path / "watchlist.toml"
    file.write_text(block, encoding="utf-8")
    (author,) = Watchlist(file).authors
    assert (author.author_id, author.label, author.tags) == ("scholarfeed:1234567", "Yichong Leng", ("speech",))
