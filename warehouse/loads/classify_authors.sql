-- What this load does to each author that it touches.
--   is_append        their history goes on from where it stood (one capture, newer than all they have, and at most one
--                    reading of it, which nothing refuses): they are appended to, at the cost of what changed. The
--                    moments of all others are judged again as a whole: rejudge_moments.sql is the definition.
--   is_same_listing  the page lists what it listed before, every paper in its place.
--   is_changed       a paper came, went or has other content: append_spans.sql tells.
--   is_restated      their row in etl.author is stated anew from all that is known.

create or replace temp table touched as
with arrived as (
    select author_id, fetched_at, capture_id, outcome <> 'accepted' as is_refused, false as is_reading
    from stage_capture
    union all
    select author_id, observed_at, capture_id, false, true
    from stage_observation
),
counted as (
    select
        author_id,
        min(fetched_at) as fetched_at,
        min(fetched_at) = max(fetched_at)
        and min(capture_id) = max(capture_id)
        and (count_if(is_reading) = 0 or count_if(is_reading) = 1 and not bool_or(is_refused)) as is_plain
    from arrived
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
