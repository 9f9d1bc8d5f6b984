create or replace view authors as
select
    a.author_id,
    a.source,
    a.name,
    a.field,
    a.url,
    a.first_seen_at,
    a.last_seen_at,
    a.last_changed_at,
    a.h_index,
    a.paper_count,
    a.citation_count,
    a.novelty_pct,
    a.ai_score,
    coalesce(w.tags, []::varchar[]) as tags
from etl.author a
left join etl.watch w using (author_id)
where a.last_seen_at is not null;
