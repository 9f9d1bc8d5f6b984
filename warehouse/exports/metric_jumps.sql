copy (
    select *, null::varchar as part
    from metric_jumps
    order by author_id, metric, changed_at
) to $file (format parquet);
