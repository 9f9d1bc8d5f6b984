-- The difference of two instants, each metric and each paper's field a row, an author's rows one after the other: first
-- the authors known before, the largest change of a metric in percent first; then those first seen, by name.
-- $by_kind: all metrics before all papers. $metrics: only these, and no papers; none: all. A change without a size (a
-- first value, a paper) is never too small. $with_first_papers: also the papers of authors first seen.
with metric as materialized (
    from metric_diff($from_at, $to_at)
    where
        (len($metrics) = 0 or list_contains($metrics, metric))
        and coalesce(abs(delta) >= $min_delta, true)
        and coalesce(abs(pct_change) >= $min_pct, true)
),
mover as (
    select author_id, max(100.0 * abs(delta) / greatest(old_value, 1)) as move_pct
    from metric
    group by author_id
),
change as (
    select
        'metric' as kind,
        author_id,
        metric as item,
        null as title,
        'changed' as change,
        null as field,
        old_value,
        new_value,
        null as old_text,
        null as new_text,
        delta,
        pct_change,
        changed_at,
        cause
    from metric
    union all
    select
        'paper',
        author_id,
        paper_id,
        title,
        change,
        field,
        null,
        null,
        old_value,
        new_value,
        null,
        null,
        changed_at,
        cause
    from etl.paper_diff_of($from_at, $to_at, case when len($authors) > 0 then $authors::varchar[] end)
    where len($metrics) = 0
)
select c.*, a.name, a.first_seen_at > $from_at as is_first_seen
from change c
join authors a using (author_id)
left join mover m using (author_id)
where
    (len($authors) = 0 or author_id in (select unnest($authors::varchar[])))
    and (c.kind = 'metric' or $with_first_papers or not is_first_seen)
order by
    case when $by_kind then c.kind end,
    is_first_seen,
    case when not is_first_seen then m.move_pct end desc nulls last,
    a.name,
    author_id,
    c.kind,
    list_position(['h_index', 'paper_count', 'citation_count', 'novelty_pct', 'ai_score'], c.item),
    c.change,
    c.title,
    c.item,
    c.field;
