-- etl.latest_page: the newest accepted capture of an author, by (fetched_at, capture_id), and the one that holds its
-- payload. Tags are kept of that one only: where a refusal brings back an earlier capture they are NULL, and the page
-- is asked for without conditions.

-- The captures that hold the payloads: staged ones, those known from before, and, rarely, any other.
create or replace temp table original as
with near as (
    select
        capture_id as original_id,
        url as original_url,
        fetched_at as original_at,
        payload_digest,
        warc_file,
        warc_offset,
        etag,
        last_modified,
        1 as place
    from stage_capture
    union all by name
    select * exclude (author_id, capture_id, requested_url), 2 as place
    from etl.latest_page
    semi join touched using (author_id)
),
wanted as (
    select coalesce(refers_to, capture_id) as original_id from newest_page
)
select distinct on (original_id) *
from (
    from near
    union all by name
    select
        capture_id as original_id,
        url as original_url,
        fetched_at as original_at,
        payload_digest,
        warc_file,
        warc_offset,
        3 as place
    from etl.capture
    where capture_id in (select original_id from wanted anti join near using (original_id))
)
where payload_digest is not null
order by original_id, place;

delete from etl.latest_page
where author_id in (select author_id from newest_page) or author_id in (select author_id from judgement where is_new);

insert into etl.latest_page by name
select
    n.author_id,
    n.capture_id,
    coalesce(n.requested_url, n.url) as requested_url,
    coalesce(n.etag, o.etag) as etag,
    coalesce(n.last_modified, o.last_modified) as last_modified,
    o.* exclude (etag, last_modified, place)
from newest_page n
join original o on o.original_id = coalesce(n.refers_to, n.capture_id);
