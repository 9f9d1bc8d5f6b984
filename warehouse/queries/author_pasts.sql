-- What is known of these authors now: the newest capture and observation, each metric's newest value, and the papers
-- listed with their titles, in two lists of one order.
-- Rows are picked by their authors first: unpacking the ids of all papers would take longer than all else.
with picked as materialized (
    select l.rowid as listed_row, v.text_id
    from etl.listed_paper l
    join etl.paper_version v using (version_id)
    where l.author_id in (select unnest($authors::varchar[]))
),
listing as (
    select l.author_id, list(l.paper_id) as paper_ids, list(t.title) as titles
    from picked p
    join etl.listed_paper l on l.rowid = p.listed_row
    join etl.paper_text t using (text_id)
    group by l.author_id
)
select
    a.author_id,
    a.last_tried_at,
    a.last_seen_at,
    a.h_index,
    a.paper_count,
    a.citation_count,
    a.novelty_pct,
    a.ai_score,
    l.paper_ids,
    l.titles
from etl.author a
left join listing l using (author_id)
where a.author_id in (select unnest($authors::varchar[]));
