-- When the first run ended that brought anything from the site; no row while it is the only one.
select min(finished_at) as ended_at
from runs
where kind not in ('replay', 'import') and accepted_count > 0 and finished_at is not null
having count(*) > 1;
