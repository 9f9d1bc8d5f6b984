"""The steps of a refresh, and the refresh made of them.

    plan -> fetch -> archive -> extract, check, normalise -> load -> publish

A response is in the archive before anybody reads it, so a run may be killed anywhere: the next one first takes in
what was archived and not yet loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4
from zoneinfo import ZoneInfo

from cronsim import CronSim

from scholar_etl.archive.shared import SharedArchive
from scholar_etl.clock import Clock, utc_now
from scholar_etl.errors import ConfigError, UsageError
from scholar_etl.fetch import Fetcher
from scholar_etl.lock import ProjectLock
from scholar_etl.model import (
    Capture,
    Deferral,
    JudgedCapture,
    Original,
    Outcome,
    Request,
    Response,
    Severity,
    WatchedAuthor,
)
from scholar_etl.pipeline.alerting import AlertReport, prepare_alerts, send_alerts
from scholar_etl.pipeline.archives import open_archive
from scholar_etl.pipeline.drift import Drift, DriftWatch
from scholar_etl.pipeline.loading import PastJudge, in_batches, load_readings, load_settled, take_in_archived
from scholar_etl.pipeline.reading import Reading, confirmed_by, extract_capture, is_held, judged
from scholar_etl.pipeline.refusals import Refusals
from scholar_etl.pipeline.shards import Assignment, Shard, split
from scholar_etl.settings import SETTINGS_FILE, Project, ScheduleSettings
from scholar_etl.sources import SOURCES
from scholar_etl.store import LatestOriginal, Warehouse
from scholar_etl.watchlist import Watchlist

BATCH_SIZE = 100
"""Authors that are fetched in one step: a task of Prefect's."""

_PAGES_A_LOAD = 200  # each load costs 0.1 s of CPU and more, whatever is in it

_NEVER = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AuthorResult:
    """What became of one author in a run; `reason` is None when accepted.

    `outcome` is None when the author was deferred: no request was made. `until` is then the moment (aware, in UTC)
    from which asking makes sense again, None when nobody said.
    """

    author: WatchedAuthor
    outcome: Outcome | None
    reason: str | None = None
    until: datetime | None = None


@dataclass(slots=True)
class RunReport:
    """One run: how many authors it was for, how many were accepted, and every other one with its reason.

    `failures` were asked for in vain, or refused; `deferred` were not asked for, and come first in the next run.
    `drift` is what has changed on the site's pages, known once the run has ended. `alerts` is what was told of changes.
    """

    run_id: str
    started_at: datetime
    author_count: int
    accepted_count: int = 0
    failures: list[AuthorResult] = field(default_factory=list)
    deferred: list[AuthorResult] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    alerts: AlertReport = field(default_factory=AlertReport)
    was_interrupted: bool = False

    @property
    def has_lost(self) -> bool:
        """Whether pages no longer yield a field that they did."""
        return any(drift.is_loss for drift in self.drift)

    @property
    def status(self) -> str:
        """The run's status in the warehouse: `complete`, `partial` or `interrupted`."""
        if self.was_interrupted:
            return "interrupted"
        return "partial" if self.failures or self.deferred else "complete"

    @property
    def summary(self) -> str:
        """How many authors were accepted, and how many were not, in one line for a person."""
        done = f"{self.accepted_count} of {self.author_count} authors refreshed"
        missed = f", {len(self.failures)} not" if self.failures else ""
        deferred = f", {len(self.deferred)} deferred" if self.deferred else ""
        return f"{done}{missed}{deferred}{' (interrupted)' if self.was_interrupted else ''}"


def refresh(
    project: Project,
    authors: Sequence[str] = (),
    *,
    only_due: bool = False,
    force: bool = False,
    clock: Clock = utc_now,
    on_start: Callable[[int], None] = lambda _: None,
    on_result: Callable[[AuthorResult], None] = lambda _: None,
) -> RunReport:
    """Refresh the named authors, or everyone on the watchlist, publish, and send alerts.

    `authors` are as for `Watchlist.find`; `only_due` leaves out whoever was seen since the schedule's last moment;
    `force` asks without conditions. `on_start` is told the number of authors, `on_result` each one's result. Ctrl-C
    ends the run early and cleanly. Raises `UnknownAuthorError`, `LockedError`, `ArchiveError`, `WarehouseError`.
    """
    with Refresh(project, authors, only_due=only_due, force=force, clock=clock, on_result=on_result) as run:
        on_start(run.report.author_count)
        try:
            for batch in run.batches():
                run.process(batch)
        except KeyboardInterrupt:
            run.report.was_interrupted = True
    if not run.report.was_interrupted:
        try:
            run.report.alerts = send_alerts(project, clock)
        except KeyboardInterrupt:
            run.report.was_interrupted = True
    return run.report


class Refresh:
    """One refresh in steps: a context manager that holds the project, with batches of authors to process.

    Leaving it records the run and publishes; leaving it with an exception keeps what was loaded for the next run and
    publishes nothing.
    """

    def __init__(
        self,
        project: Project,
        authors: Sequence[str] = (),
        *,
        tags: Sequence[str] = (),
        only_due: bool = False,
        force: bool = False,
        clock: Clock = utc_now,
        on_result: Callable[[AuthorResult], None] = lambda _: None,
    ) -> None:
        self._project = project
        self._force = force
        self._clock = clock
        self._on_result = on_result
        self._stack = ExitStack()
        watchlist = Watchlist(project.watchlist)
        self._watched = watchlist.authors
        self._wanted = select_authors(watchlist, authors, tags)
        self._only_due = only_due

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(ProjectLock(self._project.lock))
            self._warehouse = stack.enter_context(Warehouse(self._project.warehouse))
            started_at = self._clock()
            prepare_alerts(self._project, started_at)
            self._archive = stack.enter_context(open_archive(self._project, started_at))
            self._fetcher = stack.enter_context(Fetcher(self._project.settings.fetch, clock=self._clock))
            self._warehouse.sync_watch(self._watched)
            recovered = take_in_archived(self._archive, self._warehouse, started_at)
            if recovered:
                _log.info("took in %d captures that an earlier run had archived and not loaded", recovered)
            self._originals = self._warehouse.latest_originals()
            self._plan = plan(
                self._wanted,
                self._warehouse.last_success(),
                self._warehouse.last_tried(),
                due_before=last_due(self._project.settings.schedule, started_at) if self._only_due else None,
            )
            self.report = RunReport(str(uuid4()), started_at, len(self._plan))
            self._refusals = Refusals(self._fetcher)
            self._outstanding = {author.author_id: author for author in self._plan}
            self._settled: list[Reading] = []
            self._drift = DriftWatch(self._warehouse, self._watched, started_at)
            self._warehouse.begin_run(self.report.run_id, "refresh", started_at)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._load()
                report = self.report
                report.drift, fields, layouts = self._drift.judge(self._archive)
                self._warehouse.finish_run(
                    report.run_id, report.status, self._clock(), report.author_count, fields, layouts
                )
        except BaseException as failure:
            self._stack.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._stack.__exit__(kind, error, trace)

    def batches(self) -> Iterator[list[WatchedAuthor]]:
        """Yield the planned authors in batches, those asked longest ago first."""
        for start in range(0, len(self._plan), BATCH_SIZE):
            yield self._plan[start : start + BATCH_SIZE]

    def process(self, batch: Sequence[WatchedAuthor]) -> None:
        """Fetch, archive and extract one batch. It is loaded with others, the last ones when the run is left."""
        authors = {author.author_id: author for author in batch}
        past = PastJudge(self._warehouse, self._archive, authors)
        for response in self._fetcher.fetch_all([self._request(author) for author in batch]):
            author = authors[response.request.author_id]
            if isinstance(response, Deferral):
                self._defer(AuthorResult(author, None, response.reason, response.until))
                continue
            original = confirmed_by(response, self._original_of(author.author_id))
            capture = self._archive.append(response, run_id=self.report.run_id, original=original)
            extraction = extract_capture(capture, response, original, self._archive)
            self._drift.add(capture, extraction)
            self._settled += past.judge([judged(capture, extraction)])
            judgement, _ = self._settled[-1]
            self._refusals.note(response.request, capture.http_status, judgement.outcome)
            self._tell(author, judgement)
        if len(self._settled) >= _PAGES_A_LOAD:
            self._load()

    def _load(self) -> None:
        """Load what has been judged and waits; once more, to no effect, where that was interrupted."""
        if self._settled:
            load_settled(self._warehouse, self._settled, self._clock())
            self._settled = []

    def shards(self) -> Iterator[Shard]:
        """Return the plan in shards, those asked longest ago first, for workers to fetch; each is made when asked for.

        Each gets its part of `fetch.requests_per_run`; whom that leaves out is deferred. Raises `ConfigError` where the
        archive is not shared.
        """
        settings = self._project.settings
        part, address = self._archive.part, self._project.shared_archive
        if part is None or address is None:
            raise ConfigError(
                self._project.folder / SETTINGS_FILE,
                "workers.shard_size is set, so paths.archive must be an address that workers share (s3://bucket/prefix)",
            )
        budget = settings.fetch.requests_per_run
        wanted = self._plan[:budget] if budget else self._plan
        for author in self._plan[len(wanted) :]:
            self.defer([author.author_id], f"the run's {budget} requests are made (fetch.requests_per_run)")
        pieces = split(map(self._assignment, wanted), settings.workers.shard_size)
        return (
            Shard(
                self.report.run_id,
                f"{part}-{number}",
                address,
                settings.fetch.model_copy(update={"requests_per_run": budget * len(piece) // len(wanted)}),
                piece,
            )
            for number, piece in enumerate(pieces, 1)
        )

    def take_in(self, shard: Shard) -> list[Assignment]:
        """Copy, extract and load what has been archived of a shard; return what has not been, or not yet.

        May be called again for what comes later. Raises `ArchiveError`.
        """
        shared = SharedArchive(shard.archive)
        names = shared.names_of(shard.prefix, self.report.started_at, self._clock() + timedelta(days=1))
        new = shared.copy_to(self._archive.root, names)
        captures = self._archive.scan(files=new, on_damage=lambda damage: _log.warning("%s", damage))
        for batch in in_batches(captures):
            readings = [self._read(capture, response) for capture, response in batch]
            settled, _ = load_readings(self._warehouse, self._archive, readings, self._clock())
            judgements = {judgement.capture.capture_id: judgement for judgement, _ in settled}
            for capture, _ in batch:
                # Not known when its shard came back from the dead, after another one had done its work.
                if author := self._outstanding.pop(capture.author_id, None):
                    self._tell(author, judgements[capture.capture_id])
        return [given for given in shard.assignments if given.request.author_id in self._outstanding]

    def defer(self, author_ids: Iterable[str], reason: str) -> None:
        """Note that these, of whom nothing has been taken in, are not fetched in this run, and why."""
        for author_id in author_ids:
            self._defer(AuthorResult(self._outstanding.pop(author_id), None, reason))

    def defer_rest(self, reason: str) -> None:
        """Note likewise all of whom nothing has been taken in."""
        self.defer(list(self._outstanding), reason)

    def _assignment(self, author: WatchedAuthor) -> Assignment:
        request = self._request(author)  # first: it may find that the archive has lost the page
        return Assignment(request, self._original_of(author.author_id))

    def _read(self, capture: Capture, response: Response) -> Reading:
        original = self._original_of(capture.author_id) if capture.refers_to else None
        extraction = extract_capture(capture, response, original, self._archive)
        self._drift.add(capture, extraction)
        return judged(capture, extraction)

    def _request(self, author: WatchedAuthor) -> Request:
        base_url = getattr(self._project.settings.sources, author.source).base_url
        url = SOURCES[author.source].author_url(base_url, author.key)
        latest = self._originals.get(author.author_id)
        if latest is not None and not is_held(self._archive, latest.original):
            # "Not modified" would say nothing, and a reference to what is lost would lose the page once more.
            _log.warning("the archive has lost the page of %s: asking for it again", author.author_id)
            del self._originals[author.author_id]
            latest = None
        # An ETag holds for one address: after base_url has changed it says nothing.
        if self._force or latest is None or latest.requested_url != url:
            return Request(author.author_id, author.source, url)
        return Request(author.author_id, author.source, url, latest.etag, latest.last_modified)

    def _original_of(self, author_id: str) -> Original | None:
        latest: LatestOriginal | None = self._originals.get(author_id)
        return latest.original if latest is not None else None

    def _tell(self, author: WatchedAuthor, judgement: JudgedCapture) -> None:
        if judgement.outcome is Outcome.ACCEPTED:
            self.report.accepted_count += 1
            self._on_result(AuthorResult(author, Outcome.ACCEPTED))
        else:
            why = next((p.detail for p in judgement.problems if p.severity is Severity.ERROR), None)
            self._fail(AuthorResult(author, judgement.outcome, why))

    def _fail(self, result: AuthorResult) -> None:
        self.report.failures.append(result)
        self._on_result(result)

    def _defer(self, result: AuthorResult) -> None:
        self.report.deferred.append(result)
        self._on_result(result)


def select_authors(watchlist: Watchlist, wanted: Sequence[str] = (), tags: Sequence[str] = ()) -> list[WatchedAuthor]:
    """Return the authors of the watchlist that are named or have one of the tags, each once.

    All of them when neither is given. Raises `UnknownAuthorError`, and `UsageError` for a tag that nobody has.
    """
    if not wanted and not tags:
        return list(watchlist.authors)
    selected = [watchlist.find(name) for name in wanted]
    for tag in tags:
        tagged = [author for author in watchlist.authors if tag in author.tags]
        if not tagged:
            raise UsageError(f"nobody on the watchlist has the tag {tag!r} (see 'scholar-etl watch list')")
        selected += tagged
    return list(dict.fromkeys(selected))


def plan(
    authors: Iterable[WatchedAuthor],
    last_success: dict[str, datetime],
    last_tried: dict[str, datetime],
    *,
    due_before: datetime | None = None,
) -> list[WatchedAuthor]:
    """Order authors by when they were last asked for, those never asked for before all.

    Leave out who was seen (accepted) at or after `due_before`. By the asking, not by the success: who is never
    accepted would stand at the head for ever, and keep everyone else out of a run with a small budget.
    """
    due = [a for a in authors if due_before is None or last_success.get(a.author_id, _NEVER) < due_before]
    return sorted(due, key=lambda a: last_tried.get(a.author_id, _NEVER))


def last_due(schedule: ScheduleSettings, now: datetime) -> datetime:
    """Return the schedule's newest moment that is not after `now` (both aware)."""
    # Backwards from the next minute, so that a moment which is now counts. The minute is added in UTC: in the hour that
    # a zone passes twice, local arithmetic would fall back into its first passage.
    following = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    moment: datetime = next(CronSim(schedule.cron, following.astimezone(ZoneInfo(schedule.timezone)), reverse=True))
    return moment
