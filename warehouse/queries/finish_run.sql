with counted as (
    select
        count(*) as capture_count,
        count_if(outcome = 'accepted') as accepted_count,
        count_if(outcome = 'quarantined') as quarantined_count
    from etl.capture
    where run_id = $run_id and outcome is not null
)
update etl.run
set
    finished_at = $finished_at,
    status = $status,
    author_count = $author_count,
    capture_count = counted.capture_count,
    accepted_count = counted.accepted_count,
    quarantined_count = counted.quarantined_count,
    failed_count = counted.capture_count - counted.accepted_count - counted.quarantined_count
from counted
where run_id = $run_id;
