"""The configuration of a project folder, read once at the rim.

`scholar-etl.toml`, overridden by environment variables `SCHOLAR_ETL_<SECTION>__<KEY>`. Every fault is a `ConfigError`
that names the file (or the variable), the key and what was expected.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from contextlib import suppress
from datetime import timedelta
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from scholar_etl.clock import utc_now
from scholar_etl.errors import ConfigError, MissingProjectError, ScholarEtlError
from scholar_etl.span import parse_span

SETTINGS_FILE = "scholar-etl.toml"
WATCHLIST_FILE = "watchlist.toml"
ENV_PREFIX = "SCHOLAR_ETL_"
ARCHIVE_COPY = "data/archive"
"""Where a project keeps its copy of a shared archive."""


_CREDENTIALS = re.compile(r"\w+://[^/]*:[^/]*@")

_LARGEST_SIZE = 1e12


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")) or any(c.isspace() for c in value):
        raise ValueError("an address that begins with http:// or https://")
    return value.rstrip("/")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("an IANA time zone such as UTC or Europe/Berlin") from None
    return value


def _cron(value: str) -> str:
    try:
        # CronSim also takes a sixth field, seconds, and days that never come.
        if len(value.split()) != 5 or next(CronSim(value, utc_now(), reverse=True), None) is None:
            raise CronSimError
    except CronSimError:
        raise ValueError('five fields "minute hour day month weekday", such as "0 5 * * *"') from None
    return value


def _span(value: str) -> str:
    try:
        is_some = parse_span(value) > timedelta()
    except ValueError:
        is_some = False
    if not is_some:
        raise ValueError('a span above zero, such as "36h" or "7d"')
    return value


def _path(value: Path) -> Path:
    if value == Path():
        raise ValueError("the path of a place of its own, such as data/archive")
    return value


def _archive(value: str) -> str:
    if not is_url(value):
        return str(_path(Path(value)))
    if value.endswith("://") or any(c.isspace() for c in value):
        raise ValueError("a path, or an address such as s3://bucket/prefix")
    if _CREDENTIALS.match(value):
        raise ValueError("an address without a password: the library for it takes that from the environment")
    return value.rstrip("/")


def _contact(value: str) -> str:
    if not value.isprintable() or not value.isascii() or set(value) & set("()"):
        raise ValueError("an e-mail address or a URL, in ASCII")
    return value


def _size(value: object) -> object:
    if isinstance(value, str) and value.endswith("%"):
        number: object = value[:-1]
        with suppress(ValueError):
            number = float(value[:-1])
    else:
        number = value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= _LARGEST_SIZE:
        raise ValueError('a number from 0 on, or a percentage such as "10%"')
    return value if isinstance(value, str) else float(number)


def _addresses(value: object) -> object:
    """Return the addresses that a variable of the environment holds, divided by white space."""
    return tuple(value.split()) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _address(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    scheme, mark, rest = text.partition("://")
    if not (mark and rest and scheme.isalnum() and text.isprintable()) or scheme.lower() == "file":
        raise ValueError("an address such as mailto://user:password@mail.example.org")
    return value


class _Section(BaseModel):
    # An address of a channel holds passwords, and must not come into a traceback.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PathSettings(_Section):
    """Where things lie. Relative paths start at the project folder."""

    warehouse: Annotated[Path, AfterValidator(_path)] = Path("data/scholar.duckdb")
    archive: Annotated[str, AfterValidator(_archive)] = "data/archive"


class FetchSettings(_Section):
    """How we visit a site: see `docs/configuration.md` for each key's unit."""

    contact: Annotated[str, AfterValidator(_contact)] = ""
    requests_per_minute: float = Field(default=20, gt=0, le=60_000)
    requests_per_run: int = Field(default=0, ge=0, le=100_000_000)
    connections_per_host: int = Field(default=1, ge=1, le=64)
    timeout_s: float = Field(default=30, gt=0, le=600)
    max_body_mb: float = Field(default=5, gt=0, le=100)
    respect_robots: bool = True
    allow_private_hosts: bool = False


class ScholarfeedSettings(_Section):
    """One site: `base_url` without a slash at its end."""

    base_url: Annotated[str, AfterValidator(_http_url)] = "https://www.scholarfeed.org"


class SourcesSettings(_Section):
    """The sites by their short names."""

    scholarfeed: ScholarfeedSettings = ScholarfeedSettings()


class ScheduleSettings(_Section):
    """When authors are due, and after how long without a good refresh `serve` says so."""

    cron: Annotated[str, AfterValidator(_cron)] = "0 5 * * *"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    alarm_after: Annotated[str, AfterValidator(_span)] = "36h"


class ReportSettings(_Section):
    """The folder of the report that `serve` keeps up to date: empty for none, relative to the project folder."""

    folder: str = ""


class SqlSettings(_Section):
    """What a query of `scholar-etl sql` may take; `timeout_s` 0 is no limit."""

    timeout_s: float = Field(default=60, ge=0, le=86_400)
    memory_limit_mb: int = Field(default=2_000, ge=50, le=10_000_000)


class WorkersSettings(_Section):
    """How a refresh is shared out among machines; `shard_size` 0 is not at all."""

    shard_size: int = Field(default=0, ge=0, le=500)  # what Prefect takes as one run's parameters
    lost_after_s: float = Field(default=120, ge=5, le=86_400)


AlertKind = Literal["metric", "new_paper", "new_code", "author_gone", "page_held", "no_refresh"]

_OF_AUTHORS = frozenset({"on", "authors", "tags"})
_OF_METRICS = _OF_AUTHORS | {"metric", "min_change", "direction", "window"}


class AlertRule(_Section):
    """What is worth telling: see `docs/alerts.md`. No author and no tag means everybody, no metric any."""

    on: AlertKind
    metric: Literal["h_index", "paper_count", "citation_count", "novelty_pct", "ai_score"] | None = None
    min_change: Annotated[float | str, PlainValidator(_size)] = 0.0
    direction: Literal["up", "down", "any"] = "any"
    window: Annotated[str, AfterValidator(_span)] | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    after: Annotated[str, AfterValidator(_span)] | None = None

    @model_validator(mode="after")
    def _refuse_what_does_not_belong(self) -> Self:
        known = {"metric": _OF_METRICS, "no_refresh": {"on", "after"}}.get(self.on, _OF_AUTHORS)
        if others := self.model_fields_set - known:
            raise ValueError(f"no {min(others)!r} where on is {self.on!r}: known there are {', '.join(sorted(known))}")
        return self

    @property
    def min_delta(self) -> float:
        """How large a change is at least, in the metric's own unit."""
        return 0.0 if isinstance(self.min_change, str) else self.min_change

    @property
    def min_pct(self) -> float:
        """How large a change is at least, in percent of the old value."""
        return float(self.min_change.removesuffix("%")) if isinstance(self.min_change, str) else 0.0


class AlertsSettings(_Section):
    """Whom to tell what; `channels` are addresses as apprise has them, and secret."""

    channels: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(_address)], ...], NoDecode, BeforeValidator(_addresses)
    ] = ()
    digest: bool = True
    timeout_s: float = Field(default=30, gt=0, le=600)
    rule: tuple[AlertRule, ...] = ()

    @property
    def are_on(self) -> bool:
        """Whether there is something to tell, and somebody to tell it to."""
        return bool(self.channels and self.rule)


class _File(_Section):
    """What the settings file may hold."""

    paths: PathSettings = PathSettings()
    fetch: FetchSettings = FetchSettings()
    sources: SourcesSettings = SourcesSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    report: ReportSettings = ReportSettings()
    sql: SqlSettings = SqlSettings()
    workers: WorkersSettings = WorkersSettings()
    alerts: AlertsSettings = AlertsSettings()


class Settings(_File, BaseSettings):
    """All settings of one project folder. Use `load_settings` to get them."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, env_prefix=ENV_PREFIX, env_nested_delimiter="__"
    )

    # Variables of ours that are no settings.
    OTHER_VARIABLES: ClassVar[frozenset[str]] = frozenset(
        {"SCHOLAR_ETL_PROJECT", "SCHOLAR_ETL_SHARED", "SCHOLAR_ETL_REQUIRE_SHARED"}
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - replaced by one that merges
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no hidden files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no hidden files
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file; nothing else."""
        return EnvSettingsSource(settings_cls), init_settings


class Project:
    """A project folder: its settings, and the absolute paths of what lies in it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.watchlist = folder / WATCHLIST_FILE
        self.warehouse = folder / settings.paths.warehouse
        shared = is_url(settings.paths.archive)
        self.shared_archive = settings.paths.archive if shared else None  # an address
        self.archive = folder / (ARCHIVE_COPY if shared else settings.paths.archive)
        self.report = folder / settings.report.folder if settings.report.folder else None
        self.lock = folder / ".scholar-etl.lock"
        self.outbox = self.warehouse.with_name("alerts.sqlite")

    @classmethod
    def open(cls, folder: Path) -> Project:
        """Read the folder's settings. Raises `ConfigError` when the file is missing or wrong."""
        folder = folder.absolute()
        return cls(folder, load_settings(folder / SETTINGS_FILE))


def is_url(archive: str) -> bool:
    """Tell the address of a shared archive from a path."""
    return "://" in archive


def load_settings(file: Path) -> Settings:
    """Read one settings file and the environment. Raises `ConfigError`."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingProjectError(file) from None
    except OSError as error:
        raise ConfigError(file, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(file, f"cannot be read: {error}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file, f"is not valid TOML: {error}") from error
    _refuse_unknown_variables()
    try:
        # Strictly, and as JSON, where a path is text: TOML has types, so "20" is no number. The environment has none.
        _File.model_validate_json(json.dumps(values, default=str), strict=True)
        return Settings(**values)
    except ValidationError as error:
        raise _config_error(file, error) from error
    except SettingsError as error:
        raise ConfigError(f"environment variable {ENV_PREFIX}ALERTS__RULE", "expected a list in JSON") from error


def create_project(folder: Path, watchlist: str | None = None, settings: str | None = None) -> list[Path]:
    """Write the commented settings and watchlist where they are missing; return the files written.

    Raises `ScholarEtlError` when the folder cannot be made or written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((SETTINGS_FILE, settings), (WATCHLIST_FILE, watchlist)):
            file = folder / name
            if not file.exists():
                file.write_text(text if text is not None else template(name), encoding="utf-8")
                written.append(file)
    except OSError as error:
        raise ScholarEtlError(f"cannot write to {folder}: {error.strerror or error}; name another folder") from error
    return written


def template(name: str) -> str:
    """Return the text of a file that `init` writes."""
    return (files("scholar_etl") / "templates" / name).read_text(encoding="utf-8")


def _known_variables() -> frozenset[str]:
    names = set(Settings.OTHER_VARIABLES)
    for section, info in Settings.model_fields.items():
        annotation = info.annotation
        assert isinstance(annotation, type)  # noqa: S101 - every section is a model
        assert issubclass(annotation, BaseModel)  # noqa: S101
        for key, sub in annotation.model_fields.items():
            name = f"{ENV_PREFIX}{section}__{key}".upper()
            inner = sub.annotation
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                names.update(f"{name}__{leaf}".upper() for leaf in inner.model_fields)
            else:
                names.add(name)
    return frozenset(names)


def _refuse_unknown_variables() -> None:
    """Refuse a misspelt variable: pydantic-settings skips what it does not know, so it would silently do nothing."""
    unknown = {name for name in os.environ if name.startswith(ENV_PREFIX)} - _known_variables()
    if unknown:
        name = min(unknown)
        raise ConfigError(f"environment variable {name}", "no such setting: see 'docs/configuration.md'")


def _config_error(file: Path, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    named = takewhile(lambda part: not part.isdigit(), path)  # a variable holds a list as a whole
    variable = f"{ENV_PREFIX}{'__'.join(named)}".upper()
    place: Path | str = f"environment variable {variable}" if variable in os.environ else file
    if first["type"] == "extra_forbidden":
        return ConfigError(place, f"unknown key {key!r}: {_known_keys(path[:-1])}")
    if first["type"] == "missing":
        return ConfigError(place, f"key {key!r} is missing")
    shown = "secret" if path[:2] == ["alerts", "channels"] else _shown(first["input"])
    return ConfigError(place, f"key {key!r} is {shown}, expected {_expected(first)}")


def _known_keys(path: list[str]) -> str:
    model: Any = Settings
    for part in path:
        model = get_args(model)[0] if part.isdigit() else model.model_fields[part].annotation
    return f"known here are {', '.join(model.model_fields)}"


def _expected(error: Any) -> str:
    for kind, expected in _EXPECTED.items():
        if error["type"].startswith(kind):
            return expected
    message = str(error["msg"])
    for prefix in ("Value error, ", "Input should be "):
        message = message.removeprefix(prefix)
    return message


_EXPECTED = {
    "model": "a section, with its keys below",
    "string_type": "text",
    "bool_": "true or false",
    "int_": "a whole number",
    "float_": "a number",
    "tuple_": "a list",
}
"""By the beginning of the kind of error, as pydantic names them."""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
