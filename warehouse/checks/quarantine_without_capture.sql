-- A page held back whose capture is not known or is judged otherwise.
select q.capture_id, q.author_id, c.outcome
from etl.quarantine q
left join etl.capture c
    on c.author_id = q.author_id and c.fetched_at = q.fetched_at and c.capture_id = q.capture_id
where c.outcome is distinct from 'quarantined';
