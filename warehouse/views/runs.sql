create or replace view runs as
select
    run_id,
    kind,
    started_at,
    finished_at,
    status,
    author_count,
    capture_count,
    accepted_count,
    quarantined_count,
    failed_count
from etl.run;
