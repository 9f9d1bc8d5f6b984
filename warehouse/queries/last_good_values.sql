-- What was known of an author just before a moment.
select name, h_index, paper_count, citation_count, novelty_pct, ai_score, observed_at
from metrics_as_of($before)
where author_id = $author_id
