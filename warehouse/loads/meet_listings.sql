-- The new listings of authors that are appended to, beside what is listed.

create or replace temp table sighted as
select
    t.author_id,
    l.paper_id,
    l.content_hash,
    l.position,
    t.observed_at,
    o.rowid as listed_row,
    coalesce(o.last_seen_at is null and o.content_hash = l.content_hash, false) as is_unbroken,
    coalesce(o.position is distinct from l.position, true) as is_moved
from touched t
join stage_listing l using (listing_hash)
left join etl.listed_paper o on o.author_id = t.author_id and o.paper_id = l.paper_id
where t.is_append and not t.is_same_listing;
