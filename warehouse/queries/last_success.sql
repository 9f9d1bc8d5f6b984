select author_id, max(observed_at) as observed_at
from etl.observation
group by author_id;
