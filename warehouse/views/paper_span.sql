-- Spans that hold (valid_to NULL) and spans that have ended.
create or replace view etl.paper_span as
select author_id, paper_id, version_id, valid_from, null::timestamp as valid_to, last_seen_at, position
from etl.listed_paper
union all
select author_id, paper_id, version_id, valid_from, valid_to, last_seen_at, null as position
from etl.past_paper;
