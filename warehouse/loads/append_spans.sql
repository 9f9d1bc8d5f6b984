-- The spans of authors with one observation newer than all before it. Equal to encoding them again
-- (rewrite_spans.sql is the definition), at the cost of what changed.

create or replace temp table sighted as
select t.author_id, l.paper_id, l.content_hash, l.position, t.observed_at
from touched t
join stage_listing l using (listing_hash)
where t.is_append and not t.is_same_listing;

-- A span ends its sightings when the paper is missing or has other content, and its validity when the paper is
-- seen again (a gap lies between, or the content differs) or is missing from a complete listing.
create or replace temp table ending as
select
    o.author_id,
    o.paper_id,
    coalesce(o.last_seen_at, t.previous_at) as last_seen_at,
    case when s.paper_id is not null or t.listing_complete then t.observed_at end as valid_to
from etl.paper_span o
join touched t on t.author_id = o.author_id
left join sighted s on s.author_id = o.author_id and s.paper_id = o.paper_id
where
    t.is_append
    and o.valid_to is null
    and case
        when o.last_seen_at is null
            then not t.is_same_listing and s.content_hash is distinct from o.content_hash
        else s.paper_id is not null or t.listing_complete
    end;

update etl.paper_span o
set
    last_seen_at = e.last_seen_at,
    valid_to = e.valid_to,
    position = case when e.valid_to is null then o.position end
from ending e
where o.author_id = e.author_id and o.paper_id = e.paper_id and o.valid_to is null;

update etl.paper_span o
set position = s.position
from sighted s
where
    o.author_id = s.author_id
    and o.paper_id = s.paper_id
    and o.valid_to is null
    and o.position is distinct from s.position;

insert into etl.paper_span by name
select
    s.author_id,
    s.paper_id,
    s.content_hash,
    s.observed_at as valid_from,
    null as valid_to,
    null as last_seen_at,
    s.position
from sighted s
left join etl.paper_span o
    on o.author_id = s.author_id and o.paper_id = s.paper_id and o.valid_to is null
where o.paper_id is null;
