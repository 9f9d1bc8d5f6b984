"""The registry of the warehouse's public columns: what each means, in which unit. `COMMENT ON` is made from it.

A name means the same wherever it stands; where a relation says it differently the key is `relation.column`.
Instants are naive `TIMESTAMP`s in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A column's meaning; `unit` is None where there is none to give."""

    description: str
    unit: str | None = None

    def __str__(self) -> str:
        return f"{self.description} [{self.unit}]" if self.unit else self.description


_UTC = "UTC"

FIELDS: dict[str, Field] = {
    "abstract": Field("Abstract as listed; NULL when none is shown"),
    "accepted_count": Field("Captures that became observations", "captures"),
    "affiliation": Field("Affiliation tag as listed; NULL when none is shown"),
    "ai_score": Field("The site's AI Score; NULL when never shown", "0 to 100"),
    "arxiv_category": Field("arXiv category that the site's code stands for; NULL when more than one would fit"),
    "author_count": Field("Authors that the run was for; NULL while it runs", "authors"),
    "author_id": Field("Author: <source>:<the source's id>"),
    "authors": Field("Names shown with the paper, in order: the first few of them where et_al is true"),
    "capture_count": Field("Captures that the run archived; NULL while it runs", "captures"),
    "capture_id": Field("UUID of the capture's WARC record"),
    "category": Field("The site's category code, as listed"),
    "changed_at": Field("Since when the new value holds: the first observation that showed it", _UTC),
    "citation_count": Field("Citations; NULL when never shown", "citations"),
    "delta": Field("How much it moved"),
    "error": Field("Why no whole response came; NULL when one did"),
    "et_al": Field("Whether the paper has more authors than are shown"),
    "extractor_version": Field("Version of the extractor whose judgement stands"),
    "failed_count": Field("Captures that gave nothing: blocked, not found, unavailable and the like", "captures"),
    "fetched_at": Field("When the response came", _UTC),
    "field": Field("Primary field as the newest page shows it"),
    "finished_at": Field("When the run ended; NULL while it runs, or when it was killed", _UTC),
    "field_yield.field": Field("Which field; page stands for the page as a whole"),
    "field_yield.page_count": Field("Pages read or held back that have a use for it", "pages"),
    "field_yield.source": Field("Site that the pages come from"),
    "first_seen_at": Field("First observation", _UTC),
    "found_count": Field("Pages that showed it", "pages"),
    "h_index": Field("h-index; NULL when never shown", "papers"),
    "has_code": Field("Whether the paper has the Code badge"),
    "http_status": Field("HTTP status; NULL when no response came"),
    "is_current": Field("Whether it still holds"),
    "kind": Field("What the run was"),
    "last_changed_at": Field("Newest instant at which a metric or the listing changed, the first one included", _UTC),
    "last_confirmed_at": Field("Newest observation that showed it", _UTC),
    "last_seen_at": Field("Newest observation", _UTC),
    "lost_count": Field("Pages without it, of authors whose accepted pages have shown it", "pages"),
    "lost_since": Field("Start of the first of the runs in which it was lost until this one; NULL: it is not", _UTC),
    "metric": Field("Which metric: h_index, paper_count, citation_count, novelty_pct or ai_score"),
    "name": Field("Name as the newest page shows it"),
    "new_value": Field("Value after the change"),
    "novelty_pct": Field("The site's Novelty; NULL when never shown", "percent"),
    "old_value": Field("Value before the change"),
    "outcome": Field("What the response was judged to be; only accepted ones reach history"),
    "paper_count": Field("Papers that the site says it knows; NULL when never shown", "papers"),
    "paper_id": Field("Paper: arxiv:<id> when a link was ever shown, else title:<hash of the title>"),
    "papers.first_seen_at": Field("First observation that listed the paper", _UTC),
    "papers.last_seen_at": Field("Newest observation that listed the paper", _UTC),
    "payload_digest": Field("sha1:<base32> of the payload as sent"),
    "position": Field("Place on the page, from 1, when last seen; NULL when that reading was taken back"),
    "problems": Field("Every rule the page broke: rule, severity, detail"),
    "published_on": Field("Date as listed; NULL when none is shown"),
    "quarantined_count": Field("Captures that were held back", "captures"),
    "reasons": Field("Every rule the page broke, a line each, as text"),
    "refers_to": Field("Capture that holds the payload, when this one only repeats it"),
    "resolved_at": Field("First accepted observation of the author since; NULL while there is none", _UTC),
    "run_id": Field("Run"),
    "source": Field("Site that the facts come from"),
    "started_at": Field("When the run began", _UTC),
    "status": Field("How the run ended; running while it runs, abandoned when it was killed"),
    "tags": Field("Tags on the watchlist; empty when there are none"),
    "title": Field("Title as listed"),
    "url": Field("Address of the page"),
    "usual_step": Field("Median of the author's earlier changes of the metric, either way; NULL when there are none"),
    "valid_from": Field("Since when it held, inclusive: the first observation that showed it", _UTC),
    "valid_to": Field("Until when it held, exclusive: the first observation that contradicts it; NULL: holds", _UTC),
    "value": Field("The metric's value"),
    "warc_file": Field("WARC file of the archive that holds the record"),
    "warc_offset": Field("Where in the file the record begins", "bytes"),
}  # fmt: skip

VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "author_metrics": (
        "One value of one metric over the time it held",
        ("author_id", "metric", "value", "valid_from", "valid_to", "last_confirmed_at", "is_current"),
    ),
    "authors": (
        "An author now: each metric's newest value",
        (
            "author_id", "source", "name", "field", "url", "first_seen_at", "last_seen_at", "last_changed_at",
            "h_index", "paper_count", "citation_count", "novelty_pct", "ai_score", "tags",
        ),
    ),
    "captures": (
        "A response, the failed ones too",
        (
            "capture_id", "author_id", "url", "fetched_at", "http_status", "outcome", "payload_digest", "warc_file",
            "warc_offset", "source", "run_id", "extractor_version", "error", "refers_to",
        ),
    ),
    "field_yield": (
        "How many pages of a source yielded a field in one run",
        (
            "run_id", "started_at", "source", "field", "page_count", "found_count", "lost_count", "lost_since",
        ),
    ),
    "metric_jumps": (
        "A change of a metric far beyond the author's own past",
        ("author_id", "metric", "old_value", "new_value", "delta", "usual_step", "changed_at"),
    ),
    "paper_history": (
        "One version of one listed paper over the time it held",
        (
            "author_id", "paper_id", "title", "category", "arxiv_category", "published_on", "has_code", "authors",
            "et_al", "affiliation", "abstract", "valid_from", "valid_to", "last_confirmed_at", "is_current",
        ),
    ),
    "papers": (
        "A paper on a listing now",
        (
            "author_id", "paper_id", "position", "title", "category", "arxiv_category", "published_on", "has_code",
            "authors", "et_al", "affiliation", "abstract", "first_seen_at", "last_seen_at",
        ),
    ),
    "quarantine": (
        "A page held back with its reasons",
        (
            "capture_id", "author_id", "fetched_at", "url", "reasons", "problems", "extractor_version", "resolved_at",
        ),
    ),
    "runs": (
        "A run",
        (
            "run_id", "kind", "started_at", "finished_at", "status", "author_count", "capture_count",
            "accepted_count", "quarantined_count", "failed_count",
        ),
    ),
}  # fmt: skip
"""Each public view: what a row is, and its columns in order."""

MACROS: dict[str, tuple[str, tuple[str, ...]]] = {
    "metric_diff": (
        ("metric_diff(from_ts, to_ts): metrics whose values at two instants (UTC) differ; changed_at: since when the "
         "new one holds; cause: source (the site said so) or reparse (a newer extractor reads the page otherwise)"),
        (
            "author_id", "name", "metric", "old_value", "new_value", "delta", "pct_change", "changed_at", "cause",
        ),
    ),
    "metrics_as_of": (
        "metrics_as_of(ts): every author's metrics as they stood at an instant (UTC), and the newest observation then",
        (
            "author_id", "name", "h_index", "paper_count", "citation_count", "novelty_pct", "ai_score", "observed_at",
        ),
    ),
    "paper_diff": (
        ("paper_diff(from_ts, to_ts): papers added, removed or changed between two instants (UTC), a row for each "
         "changed field; changed_at and cause as in metric_diff"),
        (
            "author_id", "paper_id", "title", "change", "field", "old_value", "new_value", "changed_at", "cause",
        ),
    ),
    "papers_as_of": (
        "papers_as_of(ts): the listings as they stood at an instant (UTC)",
        (
            "author_id", "paper_id", "title", "category", "arxiv_category", "published_on", "has_code", "authors",
            "et_al", "affiliation", "abstract", "valid_from",
        ),
    ),
}  # fmt: skip
"""Each public table macro: what it returns, and its columns in order."""

TABLES: dict[str, str] = {
    "author": "Private. An author now, and what a load must know of the newest page; macro author_state defines it",
    "capture": "Private. The log that history is computed from: a response, the judgement and the reading that stand",
    "compaction": "Private. When the writer's file was last compacted, and to how many blocks",
    "definition": "Private. Digest of the text of the views, macros and comments in this file",
    "latest_page": "Private. What a conditional request needs",
    "listed_paper": "Private. Sightings of papers, run-length encoded: those that hold",
    "migration": "Private. Migrations applied to this file",
    "paper_alias": "Private. Ids by title that a link has since replaced",
    "paper_text": "Private. Titles and abstracts",
    "paper_version": "Private. A paper's content but for its text",
    "past_paper": "Private. Sightings of papers, run-length encoded: those that ended",
    "quarantine": "Private. Captures held back",
    "run": "Private. Runs",
    "run_field": "Private. What the pages of each run yielded, by field",
    "run_layout": "Private. Where the parts of each run's pages stood",
    "superseded_observation": "Private. Readings in whose place another one stands, or none",
    "watch": "Private. The watchlist as of the last run",
}


PRIVATE_MACROS: dict[str, str] = {
    "author_state": "Private. author_state(author_ids): the definition of table author, from the log and the spans",
    "paper_diff_of": "Private. paper_diff_of(from_ts, to_ts, author_ids): what paper_diff returns; NULL: of all",
    "paper_spell_of": "Private. paper_spell_of(author_ids): versions of papers over the time they held; NULL: of all",
}


def field_of(relation: str, column: str) -> Field:
    """Return the meaning of a public view's column. Raises KeyError when the registry has none."""
    return FIELDS.get(f"{relation}.{column}") or FIELDS[column]


METRIC_WORDS = {
    "h_index": "h-index",
    "paper_count": "papers",
    "citation_count": "citations",
    "novelty_pct": "Novelty %",
    "ai_score": "AI Score",
}
"""The metrics by the words that people know."""

_WORDS_OF_CAUSE = {"reparse": "read anew by a newer extractor"}


def describe_cause(cause: str) -> str:
    """Return what is to be said of a change's cause: "" where it is the site, as nearly always."""
    return _WORDS_OF_CAUSE.get(cause, "")
