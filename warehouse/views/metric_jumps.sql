-- A change is a jump when it is at once
--   ten times the author's usual step: the median of the earlier changes of that metric, either way,
--   half of the value before, so that a gap of months in the captures makes no jump of the growth in them,
--   and as much as `least_step`, below which young authors move in a day.
-- The page was whole in itself and was accepted: only the author's past makes such a change doubtful.
create or replace view metric_jumps as
with least_step (metric, least_step) as (
    values
        ('h_index', 5),
        ('paper_count', 10),
        ('citation_count', 100),
        ('novelty_pct', 30),
        ('ai_score', 30)
),
step as (
    select
        author_id,
        metric,
        lag("value") over held as old_value,
        "value" as new_value,
        new_value - old_value as delta,
        valid_from as changed_at
    from author_metrics
    window held as (partition by author_id, metric order by valid_from)
),
compared as (
    select
        *,
        median(abs(delta)) over (
            partition by author_id, metric order by changed_at rows between unbounded preceding and 1 preceding
        ) as usual_step
    from step
)
select author_id, metric, old_value, new_value, delta, usual_step, changed_at
from compared
join least_step using (metric)
where abs(delta) >= greatest(least_step, old_value / 2, 10 * coalesce(usual_step, 0));
