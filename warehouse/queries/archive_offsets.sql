select warc_file, max(warc_offset) as warc_offset
from etl.capture
group by warc_file;
