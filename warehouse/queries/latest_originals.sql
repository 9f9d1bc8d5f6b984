-- Per author the newest accepted capture, and the capture that holds its payload.
with newest as (
    select author_id, arg_max(c, (fetched_at, capture_id)) as c
    from etl.capture c
    where outcome = 'accepted'
    group by author_id
)
select
    n.author_id,
    o.capture_id::varchar as capture_id,
    o.url,
    o.fetched_at,
    o.payload_digest,
    o.warc_file,
    o.warc_offset,
    coalesce(n.c.requested_url, n.c.url) as requested_url,
    coalesce(n.c.etag, o.etag) as etag,
    coalesce(n.c.last_modified, o.last_modified) as last_modified
from newest n
join etl.capture o on o.capture_id = coalesce(n.c.refers_to, n.c.capture_id)
where o.payload_digest is not null;
