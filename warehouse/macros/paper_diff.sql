create or replace macro paper_diff(from_ts, to_ts) as table
from etl.paper_diff_of(from_ts, to_ts, null);
