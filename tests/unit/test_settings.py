"""The settings of a project folder: what is accepted, what is refused, and how it is said."""

from __future__ import annotations

import os
import re
import tomllib
import traceback
from pathlib import Path
from typing import Any

import pytest

from scholar_etl.errors import ConfigError
from scholar_etl.settings import SETTINGS_FILE, Project, create_project, load_settings, template

DOCUMENTED: dict[str, Any] = {
    "paths": {"warehouse": "data/scholar.duckdb", "archive": "data/archive"},
    "fetch": {
        "contact": "",
        "requests_per_minute": 20,
        "requests_per_run": 0,
        "connections_per_host": 1,
        "timeout_s": 30,
        "max_body_mb": 5,
        "respect_robots": True,
        "allow_private_hosts": False,
    },
    "sources": {"scholarfeed": {"base_url": "https://www.scholarfeed.org"}},
    "schedule": {"cron": "0 5 * * *", "timezone": "UTC", "alarm_after": "36h"},
    "report": {"folder": ""},
    "sql": {"timeout_s": 60, "memory_limit_mb": 2000},
    "workers": {"shard_size": 0, "lost_after_s": 120},
    "alerts": {"channels": [], "digest": True, "timeout_s": 30, "rule": []},
}

NEW_PAPER = {
    "on": "new_paper",
    "authors": ["Ada"],
    "tags": [],
    "metric": None,
    "min_change": 0.0,
    "direction": "any",
    "window": None,
    "after": None,
}
"""A rule, all of it."""

SAID = {"channels": "json://localhost  mailto://a:b@example.org", "rule": '[{"on": "new_paper", "authors": ["Ada"]}]'}
"""How the environment says what is a list."""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment may say to us."""
    for name in list(os.environ):
        if name.startswith("SCHOLAR_ETL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a settings file may be written."""
    return tmp_path / SETTINGS_FILE


def refused(file: Path, text: str) -> str:
    """Return the one line with which a text is refused, without the file's name."""
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        load_settings(file)
    line = str(refusal.value)
    assert "\n" not in line
    assert refusal.value.exit_code == 2
    return line.removeprefix(f"{file}: ")


def test_an_empty_file_gives_the_documented_defaults(file: Path) -> None:
    """Every documented key exists, no other does, and each has its documented default."""
    file.write_text("")
    assert load_settings(file).model_dump(mode="json") == DOCUMENTED


def test_the_file_that_init_writes_says_every_default(tmp_path: Path) -> None:
    """The template parses to the defaults: no key is missing in it, none says something else."""
    create_project(tmp_path)
    assert tomllib.loads((tmp_path / SETTINGS_FILE).read_text()) == DOCUMENTED


def test_every_documented_key_is_accepted_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable for each key, and it wins over the file's line."""
    other = {
        "paths": {"warehouse": "a.duckdb", "archive": "b"},
        "fetch": {
            "contact": "me@example.org",
            "requests_per_minute": 1.5,
            "requests_per_run": 9,
            "connections_per_host": 2,
            "timeout_s": 3,
            "max_body_mb": 4,
            "respect_robots": False,
            "allow_private_hosts": True,
        },
        "sources": {"scholarfeed": {"base_url": "http://localhost:1"}},
        "schedule": {"cron": "1 2 3 4 5", "timezone": "Asia/Tehran", "alarm_after": "3d"},
        "report": {"folder": "site"},
        "sql": {"timeout_s": 0.5, "memory_limit_mb": 100},
        "workers": {"shard_size": 50, "lost_after_s": 30},
        "alerts": {"channels": ["**********"] * 2, "digest": False, "timeout_s": 5, "rule": [NEW_PAPER]},
    }
    for section, keys in other.items():
        for key, value in keys.items():
            path, said = (f"{key}__base_url", value["base_url"]) if isinstance(value, dict) else (key, str(value))
            said = SAID.get(key, said)
            monkeypatch.setenv(f"SCHOLAR_ETL_{section}__{path}".upper(), said)
    file.write_text(template(SETTINGS_FILE))
    assert load_settings(file).model_dump(mode="json") == other


def test_paths_start_at_the_project_folder(tmp_path: Path) -> None:
    """Relative ones do, absolute ones stay."""
    (tmp_path / SETTINGS_FILE).write_text(f'[paths]\nwarehouse = "w/x.duckdb"\narchive = "{tmp_path}/else"')
    project = Project.open(tmp_path)
    assert project.warehouse == tmp_path / "w/x.duckdb"
    assert project.archive == tmp_path / "else"


def test_init_keeps_what_is_there(tmp_path: Path, file: Path) -> None:
    """A second init writes nothing over."""
    file.write_text("# mine")
    assert [written.name for written in create_project(tmp_path)] == ["watchlist.toml"]
    assert create_project(tmp_path) == []
    assert file.read_text() == "# mine"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fetch\n", "is not valid TOML"),
        (
            "[ftech]\n",
            "unknown key 'ftech': known here are paths, fetch, sources, schedule, report, sql, workers, alerts",
        ),
        ("[fetch]\ntypo = 1", "unknown key 'fetch.typo': known here are contact, "),
        ("[sources.other]\n", "unknown key 'sources.other': known here are scholarfeed"),
        ("[sources.scholarfeed]\nurl = 'x'", "unknown key 'sources.scholarfeed.url': known here are base_url"),
        ("_env_file = 'x'", "unknown key '_env_file'"),
        ("fetch = 3", "key 'fetch' is 3, expected a section, with its keys below"),
        ("[fetch]\ntimeout_s = 'abc'", "key 'fetch.timeout_s' is 'abc', expected a number"),
        ("[fetch]\ntimeout_s = '20'", "key 'fetch.timeout_s' is '20', expected a number"),
        ("[fetch]\ntimeout_s = true", "key 'fetch.timeout_s' is True, expected a number"),
        ("[fetch]\ntimeout_s = 0", "key 'fetch.timeout_s' is 0, expected greater than 0"),
        ("[fetch]\nrequests_per_minute = nan", "key 'fetch.requests_per_minute' is nan, expected "),
        ("[fetch]\nconnections_per_host = 1.5", "key 'fetch.connections_per_host' is 1.5, expected a whole number"),
        ("[fetch]\nrespect_robots = 'no'", "key 'fetch.respect_robots' is 'no', expected true or false"),
        ("[fetch]\nrespect_robots = 0", "key 'fetch.respect_robots' is 0, expected true or false"),
        ('[fetch]\ncontact = "a\\nb"', "key 'fetch.contact' is 'a\\nb', expected an e-mail address or a URL, in ASCII"),
        ("[paths]\nwarehouse = 5", "key 'paths.warehouse' is 5, expected text"),
        ("[paths]\narchive = ''", "key 'paths.archive' is '', expected the path of a place of its own"),
        ("[sources.scholarfeed]\nbase_url = 'ftp://x'", "expected an address that begins with http:// or https://"),
        ("[schedule]\ncron = '0 5 * *'", "expected five fields"),
        ("[schedule]\ncron = '0 0 5 * * *'", "expected five fields"),
        ("[schedule]\ncron = '0 0 31 2 *'", "expected five fields"),
        ("[schedule]\ncron = '61 5 * * *'", "expected five fields"),
        ("[schedule]\ntimezone = 'Mars/Olympus'", "expected an IANA time zone"),
        ("[schedule]\ntimezone = '../UTC'", "expected an IANA time zone"),
        ("[schedule]\nalarm_after = 'soon'", "expected a span above zero"),
        ("[schedule]\nalarm_after = '0h'", "expected a span above zero"),
        ("[schedule]\nalarm_after = 36", "expected text"),
        ("[sql]\ntimeout_s = -1", "key 'sql.timeout_s' is -1, expected greater than or equal to 0"),
        ("[sql]\nmemory_limit_mb = 1", "key 'sql.memory_limit_mb' is 1, expected greater than or equal to 50"),
        ("[alerts]\nchannel = []", "unknown key 'alerts.channel': known here are channels, digest, timeout_s, rule"),
        ("[[alerts.rule]]\nmetric = 'h_index'", "key 'alerts.rule.1.on' is missing"),
        ("[[alerts.rule]]\non = 'new'", "key 'alerts.rule.1.on' is 'new', expected 'metric', 'new_paper', "),
        ("[[alerts.rule]]\non = 'new_code'\nfoo = 1", "unknown key 'alerts.rule.1.foo': known here are on, metric, "),
        (
            "[[alerts.rule]]\non = 'new_code'\n[[alerts.rule]]\non = 'new_paper'\nafter = '2d'",
            "key 'alerts.rule.2' is {'on': 'new_paper', 'after': '2d'}, expected no 'after' where on is 'new_paper'",
        ),
        (
            "[[alerts.rule]]\non = 'metric'\nmin_change = '5'",
            "key 'alerts.rule.1.min_change' is '5', expected a number from 0 on, or a percentage such as \"10%\"",
        ),
        ("[[alerts.rule]]\non = 'metric'\nmin_change = true", "key 'alerts.rule.1.min_change' is True, expected a num"),
        ("[[alerts.rule]]\non = 'metric'\nmin_change = -1", "key 'alerts.rule.1.min_change' is -1, expected a num"),
        ("[[alerts.rule]]\non = 'metric'\nmin_change = 'nan%'", "key 'alerts.rule.1.min_change' is 'nan%', expected"),
        ("[[alerts.rule]]\non = 'metric'\nmetric = 'h'", "key 'alerts.rule.1.metric' is 'h', expected 'h_index', "),
        ("[[alerts.rule]]\non = 'metric'\nwindow = '0d'", "key 'alerts.rule.1.window' is '0d', expected a span above"),
        ("[[alerts.rule]]\non = 'metric'\nauthors = 'Ada'", "key 'alerts.rule.1.authors' is 'Ada', expected a list"),
        ("[sql]\nmemory_limit_mb = '2GB'", "key 'sql.memory_limit_mb' is '2GB', expected a whole number"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(file: Path, text: str, says: str) -> None:
    """The line names the file, the key, what it is and what was expected."""
    assert says in refused(file, text)


def test_no_file_and_no_text_are_refused(file: Path) -> None:
    """A missing file never means defaults; a folder or bytes that are no UTF-8 are no settings."""
    with pytest.raises(ConfigError, match=re.escape(f"{file}: no such file: run 'scholar-etl init'")):
        load_settings(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(file)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FETCH__TIMEOUT_S", "abc", "key 'fetch.timeout_s' is 'abc', expected a number"),
        ("FETCH__CONNECTIONS_PER_HOST", "1.5", "key 'fetch.connections_per_host' is '1.5', expected a whole number"),
        ("FETCH__RESPECT_ROBOTS", "perhaps", "key 'fetch.respect_robots' is 'perhaps', expected true or false"),
        ("SCHEDULE__CRON", "daily", "key 'schedule.cron' is 'daily', expected five fields"),
        ("FETCH__TYPO", "1", "no such setting"),
        ("FETCH", '{"timeout_s": 1}', "no such setting"),
        ("TIMEOUT", "1", "no such setting"),
        ("ALERTS__RULE", "[1,", "expected a list in JSON"),
        ("ALERTS__TIMEOUT_S", "0", "key 'alerts.timeout_s' is '0', expected greater than 0"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """The line names the variable, not the file."""
    monkeypatch.setenv(f"SCHOLAR_ETL_{name}", value)
    line = refused(file, "")
    assert line.startswith(f"environment variable SCHOLAR_ETL_{name}: {says}")


@pytest.mark.parametrize(
    "address", ["SECRET", "SECRET://", "://SECRET", "file:///SECRET", "json://a\tSECRET", "a b://SECRET"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """In the file and in the environment: it may hold a password, which must not come into a traceback either."""
    line = refused(file, f"[alerts]\nchannels = ['json://x', {address!r}]".replace("\\t", "\t"))
    assert line == (
        "key 'alerts.channels.2' is secret, expected an address such as mailto://user:password@mail.example.org"
    )
    refused(file, f"[alerts]\nchannels = {address!r}".replace("\\t", "\t"))
    with pytest.raises(ConfigError) as refusal:
        load_settings(file)
    assert "SECRET" not in "".join(traceback.format_exception(refusal.value))
    file.write_text("")
    monkeypatch.setenv("SCHOLAR_ETL_ALERTS__CHANNELS", address)
    with pytest.raises(ConfigError) as refusal:
        load_settings(file)
    assert str(refusal.value).startswith("environment variable SCHOLAR_ETL_ALERTS__CHANNELS")
    assert "SECRET" not in "".join(traceback.format_exception(refusal.value))
