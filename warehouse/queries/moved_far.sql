-- The authors with a metric that may have jumped since a moment: it has grown by half, or fallen by as much, in all.
-- To look for jumps among these alone takes a fraction of the time.
with shown as (
    select author_id, metric, arg_max("value", observed_at) as "value"
    from etl.metric_reading
    where observed_at < $since
    group by author_id, metric
    union all
    select author_id, metric, "value"
    from etl.metric_reading
    where observed_at >= $since
)
select distinct author_id
from shown
group by author_id, metric
having max("value") > min("value") and max("value") >= 1.5 * min("value")
