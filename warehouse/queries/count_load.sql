with moved as (
    select
        author_id,
        observed_at,
        bool_or(is_standing and not was_standing) as is_arriving,
        bool_or(was_standing and not is_standing) as is_leaving
    from reading
    group by author_id, observed_at
)
select
    count(*) filter (where is_arriving and not is_leaving)
    + (select count(*) from touched where observed_at is not null) as observation_count,
    count(*) filter (where is_arriving and is_leaving) as rereading_count,
    count(*) filter (where is_leaving and not is_arriving) as retracted_count,
    (select count(*) from judgement where is_new)
    + (select count(*) from stage_capture semi join (select author_id from touched where is_append) using (author_id))
        as capture_count
from moved;
