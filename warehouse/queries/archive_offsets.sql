select warc_file, max(warc_offset) as warc_offset
from etl.capture
where warc_file is not null
group by warc_file;
