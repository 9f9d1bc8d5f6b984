-- Every sighting of the authors whose spans are encoded again: those that stood, less those of readings that no longer
-- do, and those that arrive. To be run before the log changes, since spans are open-ended in terms of the log.

create or replace temp table sighting as
with newest as (
    select author_id, max(observed_at) as observed_at
    from etl.observation
    semi join recoded using (author_id)
    group by author_id
),
stood as (
    select
        s.author_id,
        s.paper_id,
        s.version_id,
        o.observed_at,
        case
            when s.valid_to is null and o.observed_at = coalesce(s.last_seen_at, n.observed_at) then s.position
        end as position
    from etl.paper_span s
    join newest n using (author_id)
    join etl.observation o
        on o.author_id = s.author_id
        and o.observed_at >= s.valid_from
        and (s.last_seen_at is null or o.observed_at <= s.last_seen_at)
),
leaving as (
    select author_id, observed_at from reading where was_standing and not is_standing
)
select * from stood anti join leaving using (author_id, observed_at)
union all by name
select r.author_id, l.paper_id, v.version_id, r.observed_at, l.position
from reading r
join stage_listing l using (listing_hash)
join etl.paper_version v using (content_hash)
where r.is_standing and not r.was_standing;
