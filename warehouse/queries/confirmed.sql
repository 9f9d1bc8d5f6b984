-- When these authors (all, where none is named) were last seen by an instant: the newest of them, and the stalest.
with seen as (
    select author_id, max(observed_at) as seen_at
    from etl.observation
    where
        observed_at <= $at
        and (len($authors) = 0 or author_id in (select unnest($authors::varchar[])))
    group by author_id
)
select max(seen_at) as newest_at, min(seen_at) as stalest_at
from seen;
