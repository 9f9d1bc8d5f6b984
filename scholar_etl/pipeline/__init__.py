"""What is done with all the parts: plain functions that flows and the command line both call.

refresh     fetch, archive, read and load the authors of the watchlist
freshness   whether a refresh is due, and how long ago the last good one was
alerting    what is new, told to the channels of the settings
replay      the warehouse made anew from the archive
backfill    pages of other tools' WARC files made captures
verify      the archive against its digests
pack        months of the archive that have passed, packed; and WARC files again
held        pages held back: why, and reading them again
drift       what a site's pages no longer yield, or show elsewhere
excerpt     pieces of markup for a person to look at
promote     a capture made a test case
reading     captures in the archive to judgements and observations
shards      a refresh shared out among workers: what each is told, and what it does
refusals    pages refused in a row
archives    the archive of a project: a folder, or a copy of what machines share
loading     judgements and observations into history, after a look at the author's past
"""

from scholar_etl.pipeline.alerting import (
    AlertReport,
    channels_of,
    prepare_alerts,
    send_alerts,
    send_silence,
    unknown_in_rules,
)
from scholar_etl.pipeline.backfill import ImportedFile, ImportReport, import_files
from scholar_etl.pipeline.drift import Drift, Sighting
from scholar_etl.pipeline.freshness import FreshnessAlarm, is_refresh_due
from scholar_etl.pipeline.held import HeldPage, RetryReport, retry_held, show_held
from scholar_etl.pipeline.pack import ExportReport, PackReport, export_archive, pack_archive
from scholar_etl.pipeline.promote import promote
from scholar_etl.pipeline.refresh import AuthorResult, Refresh, RunReport, last_due, plan, refresh, select_authors
from scholar_etl.pipeline.replay import ReplayReport, replay
from scholar_etl.pipeline.shards import Assignment, Shard, fetch_shard
from scholar_etl.pipeline.verify import Damage, VerifyReport, verify

__all__ = [
    "AlertReport",
    "Assignment",
    "AuthorResult",
    "Damage",
    "Drift",
    "ExportReport",
    "FreshnessAlarm",
    "HeldPage",
    "ImportReport",
    "ImportedFile",
    "PackReport",
    "Refresh",
    "ReplayReport",
    "RetryReport",
    "RunReport",
    "Shard",
    "Sighting",
    "VerifyReport",
    "channels_of",
    "export_archive",
    "fetch_shard",
    "import_files",
    "is_refresh_due",
    "last_due",
    "pack_archive",
    "plan",
    "prepare_alerts",
    "promote",
    "refresh",
    "replay",
    "retry_held",
    "select_authors",
    "send_alerts",
    "send_silence",
    "show_held",
    "unknown_in_rules",
    "verify",
]
