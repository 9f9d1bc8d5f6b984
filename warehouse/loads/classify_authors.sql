-- What this load does to each author that it touches.
--   is_append        their history goes on from where it stood (one capture, newer than all they have, and at most one
--                    reading of it, which nothing refuses): they are appended to, at the cost of what changed. The
--                    moments of all others are judged again as a whole: rejudge_moments.sql is the definition.
--   is_same_listing  the page lists what it listed before, every paper in its place.
--   is_changed       a paper came, went or has other content: append_spans.sql tells.
--   is_restated      their row in etl.author is stated anew from all that is known.

create or replace temp table touched as
with arrival as (
    select
        author_id,
        fetched_at,
        capture_id,
        count(reading_version) as reading_count,
        coalesce(bool_or(outcome <> 'accepted'), false) as is_refused
    from (
        select author_id, fetched_at, capture_id, outcome, null as reading_version from stage_capture
        union all
        select author_id, observed_at, capture_id, null, extractor_version from stage_observation
    )
    group by author_id, fetched_at, capture_id
),
counted as (
    select
        author_id,
        any_value(fetched_at) as fetched_at,
        count(*) = 1 and sum(reading_count) <= 1 and not bool_or(is_refused and reading_count > 0) as is_plain
    from arrival
    group by author_id
),
classified as (
    select
        c.author_id,
        c.fetched_at,
        a.listing_hash as previous_hash,
        a.last_seen_at as previous_at,
        c.is_plain and (a.last_tried_at is null or c.fetched_at > a.last_tried_at) as is_append
    from counted c
    left join etl.author a using (author_id)
)
select
    c.author_id,
    c.fetched_at,
    c.is_append,
    c.previous_at,
    o.observed_at,
    o.listing_complete,
    o.listing_hash,
    coalesce(o.listing_hash = c.previous_hash, false) as is_same_listing,
    false as is_changed,
    false as is_restated
from classified c
left join stage_observation o on c.is_append and o.author_id = c.author_id;
