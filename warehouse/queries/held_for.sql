-- The captures of these authors that a rule holds back, and where the archive has them and what they repeat.
select
    c.author_id,
    c.fetched_at,
    c.capture_id::varchar as capture_id,
    c.warc_file,
    c.warc_offset,
    coalesce(o.warc_file, c.warc_file) as original_file,
    coalesce(o.warc_offset, c.warc_offset) as original_offset
from etl.quarantine q
join etl.capture c
    on c.author_id = q.author_id and c.fetched_at = q.fetched_at and c.capture_id = q.capture_id
left join etl.capture o on o.capture_id = c.refers_to
where
    q.author_id in (select unnest($authors::varchar[]))
    and list_contains([p."rule" for p in q.problems], $rule)
    and c.warc_file is not null
order by c.fetched_at, c.capture_id;
