-- The captures whose id begins so, where the archive holds what they repeat, and why they are held (NULL: they are not).
select
    c.capture_id,
    c.warc_file,
    c.warc_offset,
    coalesce(o.warc_file, c.warc_file) as original_file,
    coalesce(o.warc_offset, c.warc_offset) as original_offset,
    q.problems
from captures c
left join captures o on o.capture_id = c.refers_to
left join quarantine q on q.capture_id = c.capture_id
where starts_with(c.capture_id, $prefix) and c.warc_file is not null
limit 2
