create or replace macro metrics_as_of(ts) as table
select
    author_id,
    arg_max(name, observed_at) as name,
    arg_max(h_index, observed_at) as h_index,
    arg_max(paper_count, observed_at) as paper_count,
    arg_max(citation_count, observed_at) as citation_count,
    arg_max(novelty_pct, observed_at) as novelty_pct,
    arg_max(ai_score, observed_at) as ai_score,
    max(observed_at) as observed_at
from etl.observation
where observed_at <= ts::timestamp
group by author_id;
