select author_id, last_tried_at
from etl.author;
