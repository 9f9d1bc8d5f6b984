-- When the newest page of these authors (all, where none is named) was seen.
select max(last_seen_at) as last_seen_at
from authors
where len($authors) = 0 or list_contains($authors, author_id)
