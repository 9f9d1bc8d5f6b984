-- The newest accepted captures of authors of whom a capture is judged anew.

insert into newest_page by name
with newest as (
    select author_id, arg_max(c, (fetched_at, capture_id)) as c
    from etl.capture c
    where outcome = 'accepted' and author_id in (select author_id from judgement where is_new)
    group by author_id
)
select
    n.author_id,
    n.c.capture_id,
    n.c.url,
    n.c.refers_to,
    coalesce(s.requested_url, p.requested_url) as requested_url,
    coalesce(s.etag, p.etag) as etag,
    coalesce(s.last_modified, p.last_modified) as last_modified
from newest n
left join stage_capture s on s.author_id = n.author_id and s.capture_id = n.c.capture_id
left join etl.latest_page p on p.author_id = n.author_id and p.capture_id = n.c.capture_id;

delete from etl.latest_page
where
    author_id in (select author_id from judgement where is_new)
    and author_id not in (select author_id from newest_page);
