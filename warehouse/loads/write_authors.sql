-- etl.author of the authors that were appended to, from what was and what arrived. Equal to stating them from the log
-- (macros/author_state.sql is the definition), at the cost of what changed.

create or replace temp table author_now as
with arrived as (
    select t.author_id, t.fetched_at, t.is_changed, s.outcome
    from touched t
    left join stage_capture s using (author_id)
    where t.is_append and not t.is_restated
)
select
    n.author_id,
    coalesce(o.source, a.source) as source,
    coalesce(o.name, a.name) as "name",
    case when o.author_id is null then a.field else o.field end as field,
    coalesce(o.url, a.url) as url,
    coalesce(a.first_seen_at, o.observed_at) as first_seen_at,
    coalesce(o.observed_at, a.last_seen_at) as last_seen_at,
    case
        when
            n.is_changed
            or a.last_seen_at is null
            or o.h_index is distinct from a.h_index and o.h_index is not null
            or o.paper_count is distinct from a.paper_count and o.paper_count is not null
            or o.citation_count is distinct from a.citation_count and o.citation_count is not null
            or o.novelty_pct is distinct from a.novelty_pct and o.novelty_pct is not null
            or o.ai_score is distinct from a.ai_score and o.ai_score is not null
            then coalesce(o.observed_at, a.last_changed_at)
        else a.last_changed_at
    end as last_changed_at,
    coalesce(o.h_index, a.h_index) as h_index,
    coalesce(o.paper_count, a.paper_count) as paper_count,
    coalesce(o.citation_count, a.citation_count) as citation_count,
    coalesce(o.novelty_pct, a.novelty_pct) as novelty_pct,
    coalesce(o.ai_score, a.ai_score) as ai_score,
    coalesce(o.listing_hash, a.listing_hash) as listing_hash,
    n.fetched_at as last_tried_at,
    coalesce(n.outcome, a.last_outcome) as last_outcome
from arrived n
left join stage_observation o using (author_id)
left join etl.author a using (author_id);

delete from etl.author
where author_id in (select author_id from author_now);

insert into etl.author by name
from author_now;

drop table author_now;
