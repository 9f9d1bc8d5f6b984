select author_id, last_seen_at
from etl.author
where last_seen_at is not null;
