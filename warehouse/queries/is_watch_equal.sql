select
    not exists (select author_id, source, label, tags from etl.watch except from stage_watch)
    and not exists (from stage_watch except select author_id, source, label, tags from etl.watch) as is_equal;
