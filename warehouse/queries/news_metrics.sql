-- The values of some authors' metrics that held at some time since $since, each from when on.
with marked as (
    select
        r.author_id,
        r.metric,
        r."value",
        r.observed_at,
        lag(r."value") over (partition by r.author_id, r.metric order by r.observed_at)
            is distinct from r."value" as is_new
    from etl.metric_reading r
    where r.author_id in (select unnest($authors::varchar[]))
),
held as (
    select
        author_id,
        metric,
        "value",
        observed_at as valid_from,
        lead(observed_at) over (partition by author_id, metric order by observed_at) as valid_to
    from marked
    where is_new
)
select author_id, metric, "value", valid_from
from held
where valid_to is null or valid_to > $since
order by
    author_id,
    list_position(['h_index', 'paper_count', 'citation_count', 'novelty_pct', 'ai_score'], metric),
    valid_from;
