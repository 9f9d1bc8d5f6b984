-- The papers of these authors with their titles, and the first and the last observation of each unbroken row of them
-- that listed it.
with newest as (
    select author_id, last_seen_at
    from etl.author
    where author_id in (select unnest($authors::varchar[]))
)
select
    s.author_id,
    s.paper_id,
    t.title,
    s.valid_from as first_seen_at,
    coalesce(s.last_seen_at, n.last_seen_at) as last_seen_at
from etl.paper_span s
join newest n using (author_id)
join etl.paper_version v using (version_id)
join etl.paper_text t using (text_id);
