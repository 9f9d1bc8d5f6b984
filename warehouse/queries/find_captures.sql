-- The captures whose id begins so, and where the archive holds what they repeat.
select
    c.capture_id,
    c.warc_file,
    c.warc_offset,
    coalesce(o.warc_file, c.warc_file) as original_file,
    coalesce(o.warc_offset, c.warc_offset) as original_offset
from captures c
left join captures o on o.capture_id = c.refers_to
where starts_with(c.capture_id, $prefix) and c.warc_file is not null
limit 2
