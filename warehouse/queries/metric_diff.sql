select author_id, name, metric, old_value, new_value, delta, pct_change, changed_at, cause
from metric_diff($from_at, $to_at)
where len($authors) = 0 or list_contains($authors, author_id)
order by author_id, metric;
