-- The captures that hold payloads, by their ids, or by author and digest: what a revisit may refer to.
select capture_id, author_id, url, fetched_at, payload_digest, warc_file, warc_offset
from captures
where
    payload_digest is not null
    and refers_to is null
    and warc_file is not null
    and (
        capture_id in (select unnest($capture_ids::varchar[]))
        or author_id || ' ' || payload_digest in (select unnest($digests::varchar[]))
    )
