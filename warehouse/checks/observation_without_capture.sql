-- An observation whose capture is not known, or was not accepted by the extractor that read it or a newer one.
select author_id, fetched_at as observed_at, capture_id, outcome
from etl.capture
where
    reading_version is not null
    and (outcome is null or (outcome <> 'accepted' and extractor_version > reading_version));
