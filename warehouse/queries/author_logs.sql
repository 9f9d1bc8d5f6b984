-- The accepted captures of these authors, and the observations loaded without theirs (outcome NULL), with the reading
-- that stands (listing_hash NULL: of another capture of the moment, or none).
select
    author_id,
    fetched_at,
    capture_id::varchar as capture_id,
    run_id,
    source,
    url,
    http_status,
    outcome,
    extractor_version,
    payload_digest,
    warc_file,
    warc_offset,
    error,
    refers_to::varchar as refers_to,
    listing_hash,
    listing_complete,
    h_index,
    paper_count,
    citation_count,
    novelty_pct,
    ai_score
from etl.capture
where
    author_id in (select unnest($authors::varchar[]))
    and (outcome = 'accepted' or reading_version is not null)
order by author_id, fetched_at, capture_id;
