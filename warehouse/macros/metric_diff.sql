-- The difference of two states; changed_at is the instant from which the newer value held without a break.
create or replace macro metric_diff(from_ts, to_ts) as table
with old_state as (
    select author_id, metric, arg_max("value", observed_at) as "value"
    from etl.metric_reading
    where observed_at <= from_ts::timestamp
    group by author_id, metric
),
new_state as (
    select author_id, metric, arg_max("value", observed_at) as "value"
    from etl.metric_reading
    where observed_at <= to_ts::timestamp
    group by author_id, metric
),
difference as (
    select author_id, metric, o."value" as old_value, n."value" as new_value
    from old_state o
    full join new_state n using (author_id, metric)
    where o."value" is distinct from n."value"
),
broken as (
    select d.author_id, d.metric, max(r.observed_at) as observed_at
    from difference d
    join etl.metric_reading r using (author_id, metric)
    where r.observed_at <= to_ts::timestamp and r."value" <> d.new_value
    group by d.author_id, d.metric
),
begun as (
    select d.author_id, d.metric, min(r.observed_at) as changed_at
    from difference d
    join etl.metric_reading r using (author_id, metric)
    left join broken b using (author_id, metric)
    where
        r.observed_at <= to_ts::timestamp
        and r."value" = d.new_value
        and (b.observed_at is null or r.observed_at > b.observed_at)
    group by d.author_id, d.metric
)
select
    d.author_id,
    a.name,
    d.metric,
    d.old_value,
    d.new_value,
    d.new_value - d.old_value as delta,
    100.0::double * (d.new_value - d.old_value) / nullif(d.old_value, 0) as pct_change,
    b.changed_at,
    case
        when exists (
            from etl.superseded_reading s
            where
                s.author_id = d.author_id
                and s.metric = d.metric
                and s.observed_at = b.changed_at
                and s."value" is distinct from d.new_value
        ) then 'reparse'
        else 'source'
    end as cause
from difference d
join etl.author a using (author_id)
left join begun b using (author_id, metric);
