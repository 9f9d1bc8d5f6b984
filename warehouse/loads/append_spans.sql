-- The spans of authors that are appended to. Equal to encoding them again (rewrite_spans.sql is the definition), at the
-- cost of what changed.

-- A span ends its sightings when the paper is missing or has other content, and its validity when the paper is
-- seen again (a gap lies between, or the content differs) or is missing from a complete listing.
create or replace temp table ending as
select
    o.rowid as listed_row,
    o.author_id,
    o.paper_id,
    o.version_id,
    o.valid_from,
    o.last_seen_at is null as was_unbroken,
    coalesce(o.last_seen_at, t.previous_at) as last_seen_at,
    case when s.listed_row is not null or t.listing_complete then t.observed_at end as valid_to
from etl.listed_paper o
join touched t using (author_id)
left join sighted s on s.listed_row = o.rowid
where
    t.observed_at is not null
    and not (t.is_same_listing and o.last_seen_at is null)
    and not coalesce(s.is_unbroken, false)
    and (o.last_seen_at is null or s.listed_row is not null or t.listing_complete);

create or replace temp table beginning as
select s.author_id, s.paper_id, v.version_id, v.text_id, s.content_hash, s.observed_at as valid_from, s.position
from sighted s
join etl.paper_version v using (content_hash)
where not s.is_unbroken;

insert into etl.past_paper by name
select author_id, paper_id, version_id, valid_from, valid_to, last_seen_at
from ending
where valid_to is not null;

delete from etl.listed_paper
where rowid in (select listed_row from ending where valid_to is not null);

update etl.listed_paper o
set last_seen_at = e.last_seen_at
from ending e
where o.rowid = e.listed_row and e.valid_to is null;

update etl.listed_paper o
set position = s.position
from sighted s
where o.rowid = s.listed_row and s.is_unbroken and s.is_moved;

insert into etl.listed_paper by name
select * exclude (text_id)
from beginning;
