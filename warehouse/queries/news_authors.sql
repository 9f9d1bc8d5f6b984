-- The authors of whom a page has come since they were last looked at (arrow_mark), with what had been looked at then;
-- NULL: nothing.
select
    a.author_id,
    a.name,
    a.url,
    a.last_seen_at,
    a.last_changed_at,
    a.last_tried_at,
    a.last_outcome,
    w.label,
    coalesce(w.tags, []::varchar[]) as tags,
    m.since_at,
    m.seen_to,
    m.tried_to
from etl.author a
left join etl.watch w using (author_id)
left join arrow_mark m using (author_id)
where
    m.tried_to is null
    or a.last_tried_at > m.tried_to
    or a.last_seen_at > coalesce(m.seen_to, '-infinity')
order by a.name, a.author_id;
