insert into compacted.etl.compaction
select $compacted_at, total_blocks
from pragma_database_size()
where database_name = 'compacted';
