-- Each of these files: a view by its key, and as "part" the folder that a row lies in when the view is large, null
-- when it is never split. A part's name is no column of the view: readers would find that twice.
copy (
    select *, null::varchar as part
    from authors
    order by author_id
) to $file (format parquet);
