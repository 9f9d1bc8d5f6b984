-- One row for each metric that an observation shows.
create or replace view etl.metric_reading as
select author_id, observed_at, metric, "value"
from etl.observation
unpivot ("value" for metric in (h_index, paper_count, citation_count, novelty_pct, ai_score));
