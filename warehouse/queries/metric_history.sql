-- The rows of author_metrics of these authors that held at some time from $from_at to $to_at (NULL: without end), each
-- with the step to it, its cause, and since when pages came that no longer showed the metric.
with step as (
    select *, lag("value") over (partition by author_id, metric order by valid_from) as old_value
    from author_metrics
    where list_contains($authors, author_id)
),
observed as (
    select author_id, observed_at
    from etl.observation
    where list_contains($authors, author_id)
),
superseded as (
    from etl.superseded_reading
    where list_contains($authors, author_id)
)
select
    s.author_id,
    a.name,
    s.metric,
    s."value",
    s.valid_from,
    s.valid_to,
    s.last_confirmed_at,
    s.is_current,
    s.old_value,
    s."value" - s.old_value as delta,
    100.0::double * (s."value" - s.old_value) / nullif(s.old_value, 0) as pct_change,
    case
        when exists (
            from superseded r
            where
                r.author_id = s.author_id
                and r.metric = s.metric
                and r.observed_at = s.valid_from
                and r."value" is distinct from s."value"
        ) then 'reparse'
        else 'source'
    end as cause,
    (
        select min(o.observed_at)
        from observed o
        where
            o.author_id = s.author_id
            and o.observed_at > s.last_confirmed_at
            and (s.valid_to is null or o.observed_at < s.valid_to)
    ) as not_shown_from,
    a.last_seen_at
from step s
join authors a using (author_id)
where
    (len($metrics) = 0 or list_contains($metrics, s.metric))
    and ($to_at::timestamp is null or s.valid_from <= $to_at)
    and ($from_at::timestamp is null or s.valid_to is null or s.valid_to > $from_at)
order by
    s.author_id,
    list_position(['h_index', 'paper_count', 'citation_count', 'novelty_pct', 'ai_score'], s.metric),
    s.valid_from;
