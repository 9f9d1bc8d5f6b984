"""The warehouse is a function of the archive: whatever came, in whatever runs, a replay finds no difference."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st

from scholar_etl.demo import facts, markups
from scholar_etl.demo.answer import author_page
from scholar_etl.model import Profile, Request, Response
from scholar_etl.pipeline import pack_archive, refresh, replay, verify
from scholar_etl.settings import Project

START = datetime(2026, 11, 1, 5, tzinfo=UTC)
KEYS = (1002, 1003, 1004)
EXAMPLES = int(os.environ.get("SCHOLAR_ETL_EXAMPLES", "12"))


class CrashError(Exception):
    """The process dies here, as far as the code can tell."""


def page(key: int, variant: int) -> tuple[bytes, str]:
    """Return a page of an author as it goes over the wire, and its ETag: four papers, in seven versions."""
    first = facts.first_profile(key)
    papers = tuple(replace(paper, position=n) for n, paper in enumerate(first.papers[:4], start=1))
    metrics = replace(first.metrics, paper_count=4, h_index=4, citation_count=900)
    profile = Profile(first.name, first.field, metrics, papers, heading_count=4, listing_complete=True)
    if variant == 1:
        profile = replace(profile, metrics=replace(metrics, citation_count=901))
    elif variant == 2:  # one paper is gone, the others move up
        kept = tuple(replace(paper, position=n) for n, paper in enumerate(papers[1:], start=1))
        profile = replace(profile, papers=kept, heading_count=3, metrics=replace(metrics, paper_count=3))
    elif variant == 3:  # a part of the listing
        profile = replace(profile, papers=papers[:2])
    elif variant == 4:  # it contradicts itself, and is held back
        profile = replace(profile, heading_count=3, metrics=replace(metrics, paper_count=7))
    elif variant == 5:  # zeros where there were none
        profile = replace(profile, metrics=replace(metrics, citation_count=0))
    elif variant == 6:  # half of the listing is gone, and a zero is there too
        metrics = replace(metrics, h_index=0, paper_count=2)
        profile = replace(profile, papers=papers[:2], heading_count=2, metrics=metrics)
    answer = author_page(profile, key=key, today=date(2026, 11, 1), markup="cards")
    assert answer.etag
    return answer.body, answer.etag


@dataclass(frozen=True)
class Visit:
    """What the site does when it is asked once: `kind` and, of a page, which version."""

    kind: str
    variant: int = 0


class ScriptedFetcher:
    """Answers as the script says, in the place of the network."""

    script: Iterator[Visit]
    now: datetime
    backwards: bool

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def fetch_all(self, requests: Sequence[Request]) -> Iterator[Response]:
        """Yield a response for each request, a second apart; a crash where the script has one."""
        for number, request in enumerate(requests):
            moment = self.now + timedelta(seconds=-number if self.backwards else number)
            visit = next(self.script, Visit("page"))
            if visit.kind == "crash":
                raise CrashError
            yield answer(request, moment, visit)


def answer(request: Request, moment: datetime, visit: Visit) -> Response:
    """Return what comes of a request."""
    failed = Response(request, request.url, moment, error="cannot connect to site.example: unknown host")
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)
    match visit.kind:
        case "page":
            payload, etag = page(int(request.url.rsplit("/", 1)[1]), visit.variant)
            headers = (*headers, ("ETag", etag), ("Content-Encoding", "gzip"))
            return replace(
                failed, error=None, status=200, headers=headers, payload=payload, body=gzip.decompress(payload)
            )
        case "same":  # a 304, to whoever asks conditionally; out of nowhere to all others
            return replace(failed, error=None, status=304, headers=headers, body=b"")
        case "cut":
            payload, _ = page(1002, 0)
            cut = {"payload": payload[:200], "error": "cut short", "truncated": "disconnect"}
            return replace(failed, status=200, headers=headers, **cut)
        case "captcha":
            body = markups.render_other("captcha", path="/")
            return replace(failed, error=None, status=200, headers=headers, payload=body, body=body)
        case "refused":
            body = markups.render_other("blocked", path="/")
            return replace(failed, error=None, status=403, headers=headers, payload=body, body=body)
        case "missing":
            return replace(failed, error=None, status=404, headers=headers, payload=b"<p>no", body=b"<p>no")
    return failed


VISITS = st.builds(
    Visit,
    st.sampled_from(["page"] * 6 + ["same"] * 4 + ["cut", "captcha", "refused", "missing", "unknown host", "crash"]),
    st.sampled_from([0, 1, 2, 3, 4, 5, 5, 5, 6, 6]),
)
# Hours from one run to the next.
STEPS = st.sampled_from([24, 24, 0.5, 0.5, 1])
RUNS = st.lists(st.tuples(st.lists(VISITS, min_size=1, max_size=4), st.booleans(), STEPS), min_size=1, max_size=8)


@given(runs=RUNS)
@run(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_replay_finds_no_difference(
    runs: list[tuple[list[Visit], bool, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any runs, killed ones too, what is rebuilt from the archive equals what was published, row by row.

    Pages collapse, for once or for good.
    """
    monkeypatch.delenv("SCHOLAR_ETL_EXAMPLES", raising=False)  # to a project it is a misspelt setting
    # By import_module, because the package names the function as it names the module.
    monkeypatch.setattr(import_module("scholar_etl.pipeline.refresh"), "Fetcher", ScriptedFetcher)
    with TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        now = START
        for visits, backwards, hours in [*runs, ([Visit("page")], False, 240)]:
            ScriptedFetcher.script = iter(visits)
            ScriptedFetcher.now = now = now + timedelta(hours=hours)
            ScriptedFetcher.backwards = backwards
            with suppress(CrashError):
                refresh(project, clock=lambda now=now: now)
        assert_sound(project)
        # The same holds of the archive once its months are packed, and of what is then added to it.
        later = START + timedelta(days=40)
        assert pack_archive(project, clock=lambda: later).problems == []
        assert_sound(project)
        ScriptedFetcher.script, ScriptedFetcher.now = iter([Visit("same"), Visit("page", 1)]), later
        refresh(project, clock=lambda: later)
        assert_sound(project)


def assert_sound(project: Project) -> None:
    """The archive is whole, and the warehouse is what it says."""
    assert verify(project).damages == []
    checked = replay(project, only_check=True)
    assert checked.differences == []
    assert checked.damages == []
    assert checked.capture_count > 0


def make_project(folder: Path) -> Project:
    """Return a project that follows three authors."""
    (folder / "scholar-etl.toml").write_text('[sources.scholarfeed]\nbase_url = "https://site.example"\n')
    entries = (f"[[author]]\nscholarfeed = {key}\ntags = ['t']\n" for key in KEYS)
    (folder / "watchlist.toml").write_text("\n".join(entries))
    return Project.open(folder)
