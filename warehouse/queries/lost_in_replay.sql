-- Captures, and observations loaded without theirs, that the published warehouse has and the one built anew has not.
select capture_id::varchar as capture_id, warc_file
from published.etl.capture
anti join rebuilt.etl.capture using (capture_id)
order by warc_file, capture_id;
