-- The log that all history is computed from: the reading that stands of each (author_id, observed_at).
create or replace view etl.observation as
select
    author_id,
    fetched_at as observed_at,
    capture_id,
    run_id,
    recorded_at,
    reading_version as extractor_version,
    source,
    url,
    "name",
    field,
    listing_complete,
    heading_count,
    h_index,
    paper_count,
    citation_count,
    novelty_pct,
    ai_score,
    listing_hash
from etl.capture
where reading_version is not null;
