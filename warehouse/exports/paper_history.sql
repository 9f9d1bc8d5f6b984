copy (
    select *, 'year=' || year(valid_from) as part
    from paper_history
    order by author_id, paper_id, valid_from
) to $file (format parquet, row_group_size 50_000);
