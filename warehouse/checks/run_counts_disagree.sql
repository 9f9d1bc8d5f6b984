-- A finished run that counts other captures than are stored for it.
select r.run_id, r.capture_count, count(c.capture_id) as stored_count
from etl.run r
left join captures c using (run_id)
where r.finished_at is not null
group by r.run_id, r.capture_count
having r.capture_count is distinct from count(c.capture_id);
