"""What the bundled site shows at the moment: day, markup, faults and overrides, and the answer to a path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from scholar_etl.demo import facts, story
from scholar_etl.demo.answer import Answer, author_page, missing_page
from scholar_etl.demo.faults import Visit, answer_with, check_fault
from scholar_etl.demo.markups import MARKUPS
from scholar_etl.errors import UsageError
from scholar_etl.model import METRIC_NAMES, Profile

ROBOTS = "User-agent: *\nAllow: /author/\nDisallow: /_control\n"
_AUTHOR = re.compile(r"/author/(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Scene:
    """The state of the site; immutable, so that a request sees one state from its start to its end.

    `faults` maps an author's key as text, `*` (every author) or `robots.txt` to a fault, None for none, which
    also lifts what the story has planned. `metrics` replaces single figures of the day's profile, `profiles`
    the whole of it (None: there is no such author). `authors` is how many authors the story has.
    """

    today: date
    authors: int = 25
    day: int = 0
    markup: str = MARKUPS[0]
    robots: str = ROBOTS
    faults: Mapping[str, str | None] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    profiles: Mapping[str, Profile | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.markup not in MARKUPS:
            raise UsageError(f"unknown markup {self.markup!r}: use one of {', '.join(MARKUPS)}")
        if self.day < 0:
            raise UsageError(f"there is no day {self.day} on the bundled site: days count from 0")
        for fault in filter(None, self.faults.values()):
            check_fault(fault)
        for name in {name for override in self.metrics.values() for name in override} - {*METRIC_NAMES}:
            raise UsageError(f"unknown metric {name!r}: use one of {', '.join(METRIC_NAMES)}")

    def changed(self, settings: Mapping[str, Any]) -> Scene:
        """Return the scene with some fields replaced, given as JSON types (`facts.to_json` for profiles).

        Raises `UsageError` when a name is unknown or a value has the wrong form.
        """
        try:
            return replace(self, **{name: _READ[name](value) for name, value in settings.items()})
        except KeyError as error:
            raise UsageError(f"unknown setting {error}: use one of {', '.join(_READ)}") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"a setting of the bundled site has the wrong form: {error}") from error

    def profile(self, key: int) -> Profile | None:
        """Return what the author's page says, None when there is no such page."""
        if str(key) in self.profiles:
            return self.profiles[str(key)]
        if not facts.FIRST_KEY <= key < facts.FIRST_KEY + self.authors:
            return None
        profile = story.profile_on(key, self.day, self.today)
        override = self.metrics.get(str(key))
        if profile is None or not override:
            return profile
        return replace(profile, metrics=replace(profile.metrics, **override))

    def usual(self, path: str) -> Answer:
        """Return the answer to a path when nothing goes wrong."""
        if path == "/robots.txt":
            return Answer(200, self.robots.encode(), content_type="text/plain; charset=utf-8")
        key = _author_key(path)
        profile = None if key is None else self.profile(key)
        if key is None or profile is None:
            return missing_page(path)
        return author_page(profile, key=key, today=self.today, markup=self.markup)

    def answer(self, path: str, usual: Answer, earlier: int) -> Answer:
        """Return the answer to a path: the usual one, or what its fault makes of it.

        `earlier` is how many requests for the path this scene has seen.
        """
        key = _author_key(path)
        fault = self._fault(path, key)
        if fault is None:
            return usual
        profile = None if key is None else self.profile(key)
        visit = Visit(path, usual, earlier, key or 0, profile, self.today, self.markup)
        return answer_with(fault, visit)

    def _fault(self, path: str, key: int | None) -> str | None:
        if key is None:
            return self.faults.get(path.removeprefix("/"))
        for name in (str(key), "*"):
            if name in self.faults:
                return self.faults[name]
        return story.fault_on(key, self.day)


def _author_key(path: str) -> int | None:
    author = _AUTHOR.fullmatch(path)
    return int(author[1]) if author else None


def _profiles(value: Mapping[str, Any]) -> dict[str, Profile | None]:
    return {key: None if document is None else facts.from_json(document) for key, document in value.items()}


def _mapping(value: Mapping[str, Any]) -> dict[str, Any]:
    return dict(value.items())


_READ: Mapping[str, Callable[[Any], Any]] = {
    "today": date.fromisoformat,
    "authors": int,
    "day": int,
    "markup": str,
    "robots": str,
    "faults": _mapping,
    "metrics": _mapping,
    "profiles": _profiles,
}
