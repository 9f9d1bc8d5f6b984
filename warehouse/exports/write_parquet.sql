-- Row groups of 50,000: papers have long texts, and a row group is made in memory.
copy (
    select * exclude (part)
    from read_parquet($source)
    where $part::varchar is null or part = $part
) to $file (format parquet, compression zstd, row_group_size 50_000);
