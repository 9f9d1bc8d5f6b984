copy (
    select *, 'metric_name=' || metric as part
    from author_metrics
    order by author_id, metric, valid_from
) to $file (format parquet);
