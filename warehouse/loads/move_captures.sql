-- Captures that now lie elsewhere in the archive: in the rows of a packed month.

create or replace temp table moved as
from arrow_moved;

update etl.capture c
set warc_file = m.warc_file, warc_offset = m.warc_offset
from moved m
where c.capture_id = m.capture_id;

update etl.latest_page p
set warc_file = m.warc_file, warc_offset = m.warc_offset
from moved m
where p.original_id = m.capture_id;

drop table moved;
