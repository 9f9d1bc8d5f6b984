-- The newest runs that went to the site, and the id of the first run of all.
select *, (select arg_min(run_id, started_at) from runs) as first_run_id
from runs
where kind not in ('replay', 'import')
order by started_at desc
limit $most;
