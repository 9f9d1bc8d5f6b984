-- Authors whose history goes on from where it stood (one observation, newer than all they have) are appended to;
-- the spans of all others are encoded again from their sightings.

create or replace temp table touched as
with arrived as (
    select
        author_id,
        count(*) as reading_count,
        any_value(observed_at) as observed_at,
        any_value(listing_hash) as listing_hash,
        any_value(listing_complete) as listing_complete
    from arriving
    group by author_id
),
author as (
    select author_id from arriving
    union
    select author_id from leaving
),
previous as (
    select author_id, max(observed_at) as previous_at, arg_max(listing_hash, observed_at) as previous_hash
    from etl.observation
    where author_id in (from author)
    group by author_id
)
select
    author.author_id,
    a.observed_at,
    a.listing_hash,
    a.listing_complete,
    p.previous_at,
    a.listing_hash is not distinct from p.previous_hash as is_same_listing,
    a.reading_count is not distinct from 1
    and (p.previous_at is null or a.observed_at > p.previous_at)
    and author.author_id not in (select author_id from leaving) as is_append
from author
left join arrived a using (author_id)
left join previous p using (author_id);
