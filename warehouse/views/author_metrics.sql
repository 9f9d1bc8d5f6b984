-- Readings, run-length encoded. A metric that a page does not show neither ends a value nor starts one.
create or replace view author_metrics as
with marked as (
    select
        *,
        lag("value") over (partition by author_id, metric order by observed_at)
            is distinct from "value" as is_new
    from etl.metric_reading
),
numbered as (
    select
        *,
        count_if(is_new) over (
            partition by author_id, metric order by observed_at rows unbounded preceding
        ) as run
    from marked
),
held as (
    select
        author_id,
        metric,
        any_value("value") as "value",
        min(observed_at) as valid_from,
        max(observed_at) as last_confirmed_at
    from numbered
    group by author_id, metric, run
)
select
    author_id,
    metric,
    "value",
    valid_from,
    lead(valid_from) over (partition by author_id, metric order by valid_from) as valid_to,
    last_confirmed_at,
    valid_to is null as is_current
from held;
