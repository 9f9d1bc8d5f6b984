-- The size of the writer's file, and what it was when it was last compacted (0: never), in blocks.
select
    total_blocks as block_count,
    coalesce((select max(block_count) from etl.compaction), 0) as compacted_count
from pragma_database_size()
where database_name = 'scholar';
