-- The author's last accepted page before a moment, and where the archive holds what it repeats.
select
    c.capture_id,
    c.warc_file,
    c.warc_offset,
    coalesce(o.warc_file, c.warc_file) as original_file,
    coalesce(o.warc_offset, c.warc_offset) as original_offset
from captures c
left join captures o on o.capture_id = c.refers_to
where c.author_id = $author_id and c.fetched_at < $before and c.outcome = 'accepted' and c.warc_file is not null
order by c.fetched_at desc
limit 1
