copy (
    select *, null::varchar as part
    from field_yield
    order by started_at, run_id, source, field
) to $file (format parquet);
