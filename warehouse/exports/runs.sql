copy (
    select *, null::varchar as part
    from runs
    order by started_at, run_id
) to $file (format parquet);
