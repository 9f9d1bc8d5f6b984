-- What an earlier extractor made of a page that a newer one reads: every metric (NULL: not read), and the listing.
create or replace view etl.superseded_reading as
with earlier as (
    select s.*
    from etl.superseded_observation s
    join etl.observation o
        on o.author_id = s.author_id
        and o.observed_at = s.observed_at
        and o.capture_id = s.capture_id
        and o.extractor_version > s.extractor_version
)
select author_id, observed_at, listing_hash, metric, "value"
from earlier
unpivot include nulls ("value" for metric in (h_index, paper_count, citation_count, novelty_pct, ai_score));
