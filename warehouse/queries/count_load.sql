with replaced as (
    select count(*) as row_count from arriving semi join leaving using (author_id, observed_at)
)
select
    (select count(*) from arriving) - replaced.row_count as observation_count,
    replaced.row_count as rereading_count,
    (select count(*) from leaving) - replaced.row_count as retracted_count,
    (select count(*) from judged) as capture_count
from replaced;
