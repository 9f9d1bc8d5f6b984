-- The writer holds the only lock: whatever else says it is running was killed.
update etl.run set status = 'abandoned' where status = 'running';

insert into etl.run by name
select $run_id as run_id, $kind as kind, $started_at as started_at, 'running' as status;
