select capture_id::varchar as capture_id
from etl.capture
where capture_id in (select unnest($capture_ids::uuid[]));
