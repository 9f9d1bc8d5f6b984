-- The newest accepted captures of authors that are appended to.

create or replace temp table newest_page as
select c.author_id, c.capture_id, c.url, c.refers_to, c.requested_url, c.etag, c.last_modified
from stage_capture c
join touched t using (author_id)
where t.is_append and c.outcome = 'accepted';
