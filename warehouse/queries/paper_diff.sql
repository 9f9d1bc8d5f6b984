select author_id, paper_id, title, change, field, old_value, new_value, changed_at, cause
from etl.paper_diff_of($from_at, $to_at, case when len($authors) > 0 then $authors::varchar[] end)
order by author_id, change, title, paper_id, field;
