-- Tables that do not hold as many rows in the fresh file as in the old one: none, or it must not take its place.
with counted as (
    select
        'migration' as table_name,
        (select count(*) from scholar.etl.migration) as old_count,
        (select count(*) from compacted.etl.migration) as new_count
    union all
    select
        'definition' as table_name,
        (select count(*) from scholar.etl.definition) as old_count,
        (select count(*) from compacted.etl.definition) as new_count
    union all
    select
        'run' as table_name,
        (select count(*) from scholar.etl.run) as old_count,
        (select count(*) from compacted.etl.run) as new_count
    union all
    select
        'run_field' as table_name,
        (select count(*) from scholar.etl.run_field) as old_count,
        (select count(*) from compacted.etl.run_field) as new_count
    union all
    select
        'run_layout' as table_name,
        (select count(*) from scholar.etl.run_layout) as old_count,
        (select count(*) from compacted.etl.run_layout) as new_count
    union all
    select
        'watch' as table_name,
        (select count(*) from scholar.etl.watch) as old_count,
        (select count(*) from compacted.etl.watch) as new_count
    union all
    select
        'author' as table_name,
        (select count(*) from scholar.etl.author) as old_count,
        (select count(*) from compacted.etl.author) as new_count
    union all
    select
        'latest_page' as table_name,
        (select count(*) from scholar.etl.latest_page) as old_count,
        (select count(*) from compacted.etl.latest_page) as new_count
    union all
    select
        'capture' as table_name,
        (select count(*) from scholar.etl.capture) as old_count,
        (select count(*) from compacted.etl.capture) as new_count
    union all
    select
        'superseded_observation' as table_name,
        (select count(*) from scholar.etl.superseded_observation) as old_count,
        (select count(*) from compacted.etl.superseded_observation) as new_count
    union all
    select
        'quarantine' as table_name,
        (select count(*) from scholar.etl.quarantine) as old_count,
        (select count(*) from compacted.etl.quarantine) as new_count
    union all
    select
        'paper_alias' as table_name,
        (select count(*) from scholar.etl.paper_alias) as old_count,
        (select count(*) from compacted.etl.paper_alias) as new_count
    union all
    select
        'paper_text' as table_name,
        (select count(*) from scholar.etl.paper_text) as old_count,
        (select count(*) from compacted.etl.paper_text) as new_count
    union all
    select
        'paper_version' as table_name,
        (select count(*) from scholar.etl.paper_version) as old_count,
        (select count(*) from compacted.etl.paper_version) as new_count
    union all
    select
        'listed_paper' as table_name,
        (select count(*) from scholar.etl.listed_paper) as old_count,
        (select count(*) from compacted.etl.listed_paper) as new_count
    union all
    select
        'past_paper' as table_name,
        (select count(*) from scholar.etl.past_paper) as old_count,
        (select count(*) from compacted.etl.past_paper) as new_count
)
from counted
where old_count <> new_count;
