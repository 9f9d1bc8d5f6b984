create or replace view captures as
select
    capture_id::varchar as capture_id,
    author_id,
    url,
    fetched_at,
    http_status,
    outcome,
    payload_digest,
    warc_file,
    warc_offset,
    source,
    run_id,
    extractor_version,
    error,
    refers_to::varchar as refers_to
from etl.capture
where outcome is not null;
