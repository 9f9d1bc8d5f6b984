copy (
    select csv_cell(columns('(.*)')) as '\1'
    from (
        select * exclude (part)
        from read_parquet($source)
        where $part::varchar is null or part = $part
    )
) to $file (format csv, header, new_line '\r\n');
