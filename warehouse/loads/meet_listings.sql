-- Where the new listings of authors that are appended to differ from what is listed: a row for each paper that comes,
-- goes, moves or has other content, and for each that is only assumed to be listed still.
--   listed_row and the columns of etl.listed_paper  NULL where the paper was not listed.
--   row_number, content_hash, position              of the staged listing, NULL where the paper is not on it.

create or replace temp table met as
-- Rows are picked by their authors first: unpacking the ids of all papers would take longer than all else.
with picked as materialized (
    select o.rowid as listed_row, t.previous_at, t.observed_at, t.listing_complete
    from etl.listed_paper o
    join touched t using (author_id)
    where t.observed_at is not null and not (t.is_same_listing and o.last_seen_at is null)
),
listed as (
    select
        p.listed_row,
        o.author_id,
        o.paper_id,
        o.version_id,
        o.content_hash,
        o.position,
        o.valid_from,
        o.last_seen_at,
        coalesce(o.last_seen_at, p.previous_at) as sighted_at,
        p.observed_at,
        p.listing_complete
    from picked p
    join etl.listed_paper o on o.rowid = p.listed_row
),
shown as (
    select
        t.author_id,
        l.paper_id,
        l.row_number,
        l.content_hash,
        l.position,
        t.observed_at
    from touched t
    join stage_listing l using (listing_hash)
    where t.is_append and not t.is_same_listing
)
select
    coalesce(o.author_id, s.author_id) as author_id,
    coalesce(o.paper_id, s.paper_id) as paper_id,
    coalesce(o.observed_at, s.observed_at) as observed_at,
    o.listed_row,
    o.version_id,
    o.valid_from,
    o.last_seen_at,
    o.sighted_at,
    o.listing_complete,
    s.row_number,
    s.content_hash,
    s.position,
    coalesce(o.last_seen_at is null and o.content_hash = s.content_hash, false) as is_unbroken
from listed o
full join shown s on s.author_id = o.author_id and s.paper_id = o.paper_id
where
    o.last_seen_at is not null
    or o.content_hash is distinct from s.content_hash
    or o.position is distinct from s.position;
