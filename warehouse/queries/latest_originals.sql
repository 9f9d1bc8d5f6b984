select
    author_id,
    original_id::varchar as capture_id,
    original_url as url,
    original_at as fetched_at,
    payload_digest,
    warc_file,
    warc_offset,
    requested_url,
    etag,
    last_modified
from etl.latest_page;
