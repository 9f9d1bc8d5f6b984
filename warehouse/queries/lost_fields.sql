-- The fields that are lost, as the newest run says that could tell.
with newest as (
    select *
    from field_yield
    where found_count > 0 or lost_since is not null
    qualify row_number() over (partition by source, field order by started_at desc) = 1
)
select source, field, lost_count, lost_count + found_count as expected_count, lost_since, run_id
from newest
where lost_since is not null
order by source, field;
