create or replace view authors as
with observed as (
    select
        author_id,
        any_value(source) as source,
        arg_max(name, observed_at) as name,
        arg_max_null(field, observed_at) as field,
        arg_max(url, observed_at) as url,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at,
        arg_max(h_index, observed_at) as h_index,
        arg_max(paper_count, observed_at) as paper_count,
        arg_max(citation_count, observed_at) as citation_count,
        arg_max(novelty_pct, observed_at) as novelty_pct,
        arg_max(ai_score, observed_at) as ai_score
    from etl.observation
    group by author_id
),
metric_change as (
    select author_id, max(valid_from) as changed_at
    from author_metrics
    group by author_id
),
listing_change as (
    select author_id, greatest(max(valid_from), max(valid_to)) as changed_at
    from etl.paper_spell
    group by author_id
)
select
    o.author_id,
    o.source,
    o.name,
    o.field,
    o.url,
    o.first_seen_at,
    o.last_seen_at,
    greatest(o.first_seen_at, m.changed_at, l.changed_at) as last_changed_at,
    o.h_index,
    o.paper_count,
    o.citation_count,
    o.novelty_pct,
    o.ai_score,
    coalesce(w.tags, []::varchar[]) as tags
from observed o
left join metric_change m using (author_id)
left join listing_change l using (author_id)
left join etl.watch w using (author_id);
