-- Two rows of one capture in the log.
select capture_id, count(*) as row_count
from etl.capture
group by capture_id
having count(*) > 1;
