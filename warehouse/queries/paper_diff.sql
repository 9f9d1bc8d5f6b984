select author_id, paper_id, title, change, field, old_value, new_value, changed_at, cause
from paper_diff($from_at, $to_at)
where len($authors) = 0 or list_contains($authors, author_id)
order by author_id, change, title, paper_id, field;
