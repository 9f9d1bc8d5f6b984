-- Each field over the last 10 runs in which it was not lost, and since when it is lost, as the newest run says. A run in
-- which no page had it, and too few lacked it, tells nothing of it.
with ranked as (
    select *, row_number() over (partition by source, field, lost_since is null order by started_at desc) as age
    from field_yield
    where found_count > 0 or lost_since is not null
)
select
    source,
    field,
    count(*) filter (where lost_since is null and age <= 10) as run_count,
    coalesce(sum(page_count) filter (where lost_since is null and age <= 10), 0)::bigint as page_count,
    coalesce(sum(found_count) filter (where lost_since is null and age <= 10), 0)::bigint as found_count,
    list(lost_since order by started_at desc)[1] as lost_since
from ranked
group by source, field;
