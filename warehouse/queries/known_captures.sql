select capture_id::varchar as capture_id
from etl.capture
where outcome is not null and capture_id in (select unnest($capture_ids::uuid[]));
