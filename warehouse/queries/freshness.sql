-- Every author followed or ever tried, stalest first: when last seen, what the newest capture was.
select
    coalesce(w.author_id, a.author_id) as author_id,
    coalesce(a.name, w.label) as name,
    a.last_seen_at,
    a.last_changed_at,
    a.last_tried_at,
    a.last_outcome,
    w.author_id is not null as is_watched
from etl.watch w
full join etl.author a using (author_id)
order by a.last_seen_at nulls first, author_id
