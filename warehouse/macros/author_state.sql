-- The definition of etl.author, for the authors in a list: computed from the log and the spans.
create or replace macro etl.author_state(author_ids) as table
with tried as (
    select
        author_id,
        max(fetched_at) as last_tried_at,
        arg_max(outcome, (fetched_at, capture_id)) as last_outcome
    from etl.capture
    where author_id in (select unnest(author_ids))
    group by author_id
),
observed as (
    select
        author_id,
        arg_max(source, observed_at) as source,
        arg_max(name, observed_at) as "name",
        arg_max_null(field, observed_at) as field,
        arg_max(url, observed_at) as url,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at,
        arg_max(h_index, observed_at) as h_index,
        arg_max(paper_count, observed_at) as paper_count,
        arg_max(citation_count, observed_at) as citation_count,
        arg_max(novelty_pct, observed_at) as novelty_pct,
        arg_max(ai_score, observed_at) as ai_score,
        arg_max(listing_hash, observed_at) as listing_hash
    from etl.observation
    where author_id in (select unnest(author_ids))
    group by author_id
),
marked as (
    select
        author_id,
        observed_at,
        lag("value") over (partition by author_id, metric order by observed_at)
            is distinct from "value" as is_new
    from etl.metric_reading
    where author_id in (select unnest(author_ids))
),
metric_change as (
    select author_id, max(observed_at) as changed_at
    from marked
    where is_new
    group by author_id
),
listing_change as (
    select author_id, greatest(max(valid_from), max(valid_to)) as changed_at
    from etl.paper_spell_of(author_ids)
    group by author_id
)
select
    t.author_id,
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
    o.listing_hash,
    t.last_tried_at,
    t.last_outcome
from tried t
left join observed o using (author_id)
left join metric_change m using (author_id)
left join listing_change l using (author_id);
