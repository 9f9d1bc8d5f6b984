-- Two readings that stand for one author at one instant.
select author_id, observed_at, count(*) as row_count
from etl.observation
group by author_id, observed_at
having count(*) > 1;
