-- The spans of authors that are appended to. Equal to encoding them again (rewrite_spans.sql is the definition), at the
-- cost of what changed.

-- A span ends its sightings when the paper is missing or has other content, and its validity when the paper is
-- seen again (a gap lies between, or the content differs) or is missing from a complete listing.
create or replace temp table ending as
select
    listed_row,
    author_id,
    paper_id,
    version_id,
    valid_from,
    last_seen_at is null as was_unbroken,
    sighted_at as last_seen_at,
    case when row_number is not null or listing_complete then observed_at end as valid_to
from met
where
    listed_row is not null
    and not is_unbroken
    and (last_seen_at is null or row_number is not null or listing_complete);

create or replace temp table beginning as
select m.author_id, m.paper_id, v.version_id, v.text_id, m.content_hash, m.observed_at as valid_from, m.position
from met m
join etl.paper_version v using (content_hash)
where not m.is_unbroken;

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
set position = m.position
from met m
where o.rowid = m.listed_row and m.is_unbroken;

insert into etl.listed_paper by name
select * exclude (text_id)
from beginning;

-- A version that ends and begins at once was only not shown in between, by an incomplete listing: it did not change.
update touched
set is_changed = true
where author_id in (
    select author_id
    from (
        select author_id, paper_id, version_id from ending where valid_to is not null
        union all
        select author_id, paper_id, version_id from beginning
    )
    group by author_id, paper_id, version_id
    having count(*) = 1
);

-- With an alias, a span may begin or end without a change of the paper.
update touched
set is_restated = true
where
    author_id in (select author_id from etl.paper_alias)
    and author_id in (select author_id from beginning union all select author_id from ending);
