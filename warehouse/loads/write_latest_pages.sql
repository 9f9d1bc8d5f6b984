-- etl.latest_page: the newest accepted capture of an author, by (fetched_at, capture_id), and the one that holds its
-- payload. Tags are kept of that one only: where a refusal brings back an earlier capture they are NULL, and the page
-- is asked for without conditions.

create or replace temp table page_now as
with newest as (
    select *, coalesce(refers_to, capture_id) as original_id from newest_page
),
-- The captures that hold the payloads: staged ones, those known from before, and, rarely, any other.
staged as (
    select
        n.author_id,
        s.url as original_url,
        s.fetched_at as original_at,
        s.payload_digest,
        s.warc_file,
        s.warc_offset,
        s.etag,
        s.last_modified
    from newest n
    join stage_capture s on s.capture_id = n.original_id
    where s.payload_digest is not null
),
near as (
    from staged
    union all by name
    select * exclude (capture_id, requested_url, original_id)
    from etl.latest_page
    semi join newest using (author_id, original_id)
    anti join staged using (author_id)
),
original as (
    from near
    union all by name
    select
        n.author_id,
        c.url as original_url,
        c.fetched_at as original_at,
        c.payload_digest,
        c.warc_file,
        c.warc_offset
    from etl.capture c
    join (from newest anti join near using (author_id)) n on n.original_id = c.capture_id
    where c.payload_digest is not null
)
select
    n.author_id,
    n.capture_id,
    coalesce(n.requested_url, n.url) as requested_url,
    coalesce(n.etag, o.etag) as etag,
    coalesce(n.last_modified, o.last_modified) as last_modified,
    n.original_id,
    o.* exclude (author_id, etag, last_modified)
from newest n
join original o using (author_id);

delete from etl.latest_page
where author_id in (select author_id from newest_page);

insert into etl.latest_page by name
from page_now;

drop table page_now;
