copy (
    select *, 'year=' || year(fetched_at) as part
    from captures
    order by fetched_at, capture_id
) to $file (format parquet);
