-- A page held back whose capture is not known or is judged otherwise.
select q.capture_id, q.author_id, c.outcome
from etl.quarantine q
left join etl.capture c using (capture_id)
where c.outcome is distinct from 'quarantined';
