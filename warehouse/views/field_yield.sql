create or replace view field_yield as
select run_id, r.started_at, f.source, f.field, f.page_count, f.found_count, f.lost_count, f.lost_since
from etl.run_field f
join etl.run r using (run_id);
