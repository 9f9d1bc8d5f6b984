select capture_id, author_id, fetched_at, reasons
from quarantine
where resolved_at is null
order by fetched_at desc
