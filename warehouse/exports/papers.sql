copy (
    select *, null::varchar as part
    from papers
    order by author_id, paper_id
) to $file (format parquet, row_group_size 50_000);
