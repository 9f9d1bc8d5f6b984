-- Every sighting of the authors whose spans are encoded again: those that stood, less those of leaving readings,
-- and those that arrive. To be run before the log changes, since spans are open-ended in terms of the log.

create or replace temp table sighting as
with stood as (
    select
        s.author_id,
        s.paper_id,
        s.content_hash,
        o.observed_at,
        case
            when s.valid_to is null and o.observed_at = coalesce(s.last_seen_at, t.previous_at) then s.position
        end as position
    from touched t
    join etl.paper_span s on s.author_id = t.author_id
    join etl.observation o
        on o.author_id = s.author_id
        and o.observed_at >= s.valid_from
        and (s.last_seen_at is null or o.observed_at <= s.last_seen_at)
    where not t.is_append
)
select * from stood anti join leaving using (author_id, observed_at)
union all by name
select a.author_id, l.paper_id, l.content_hash, a.observed_at, l.position
from touched t
join arriving a using (author_id)
join stage_listing l on l.listing_hash = a.listing_hash
where not t.is_append;
