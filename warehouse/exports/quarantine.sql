copy (
    select *, null::varchar as part
    from quarantine
    order by fetched_at, capture_id
) to $file (format parquet);
