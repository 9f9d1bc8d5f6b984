-- Every author followed or ever observed, stalest first: when last seen, what the newest capture was.
with newest as (
    select author_id, max_by(outcome, fetched_at) as last_outcome, max(fetched_at) as last_tried_at
    from captures
    group by author_id
)
select
    coalesce(w.author_id, a.author_id) as author_id,
    coalesce(a.name, w.label) as name,
    a.last_seen_at,
    a.last_changed_at,
    n.last_tried_at,
    n.last_outcome,
    w.author_id is not null as is_watched
from etl.watch w
full join authors a using (author_id)
left join newest n on n.author_id = coalesce(w.author_id, a.author_id)
order by a.last_seen_at nulls first, author_id
