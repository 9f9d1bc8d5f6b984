-- The log. A row may hold a capture, a reading, or both.

insert into etl.capture by name
with response as (
    select * exclude (problems, is_new) from judgement
    union all by name
    select * exclude (problems, requested_url, etag, last_modified)
    from stage_capture
    semi join (select author_id from touched where is_append) using (author_id)
),
standing as (
    select * exclude (origin, place, is_standing, was_standing) from reading where is_standing
    union all by name
    from stage_observation
    semi join (select author_id from touched where is_append) using (author_id)
)
select
    coalesce(c.author_id, r.author_id) as author_id,
    coalesce(c.fetched_at, r.observed_at) as fetched_at,
    coalesce(c.capture_id, r.capture_id) as capture_id,
    coalesce(c.run_id, r.run_id) as run_id,
    coalesce(c.source, r.source) as source,
    coalesce(c.url, r.url) as url,
    c.http_status,
    c.outcome,
    c.extractor_version,
    c.payload_digest,
    c.warc_file,
    c.warc_offset,
    c.error,
    c.refers_to,
    r.extractor_version as reading_version,
    r.recorded_at,
    r.name,
    r.field,
    r.listing_complete,
    r.heading_count,
    r.h_index,
    r.paper_count,
    r.citation_count,
    r.novelty_pct,
    r.ai_score,
    r.listing_hash
from response c
full join standing r
    on r.author_id = c.author_id and r.observed_at = c.fetched_at and r.capture_id = c.capture_id;

insert into etl.quarantine by name
with judged as (
    select author_id, fetched_at, capture_id, extractor_version, outcome, problems from judgement where is_new
    union all by name
    select author_id, fetched_at, capture_id, extractor_version, outcome, problems
    from stage_capture
    semi join (select author_id from touched where is_append) using (author_id)
)
select capture_id, author_id, fetched_at, extractor_version, problems
from judged
where outcome = 'quarantined';
