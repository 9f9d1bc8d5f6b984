select distinct part
from read_parquet($source)
order by part;
