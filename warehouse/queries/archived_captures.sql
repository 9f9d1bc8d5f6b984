-- What the archive holds of these authors (all, where none is named), as far as the warehouse knows.
select capture_id, author_id, fetched_at, http_status, outcome, refers_to, warc_file, warc_offset
from captures
where warc_file is not null and (len($authors) = 0 or list_contains($authors, author_id))
order by author_id, fetched_at, capture_id
