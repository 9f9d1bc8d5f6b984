-- A row of the staged listings for each content that is not known yet.
with wanted as (
    select row_number, content_hash from met where row_number is not null and not is_unbroken
    union all
    select l.row_number, l.content_hash
    from stage_listing l
    semi join (select listing_hash from reading where is_standing and not was_standing) using (listing_hash)
)
select min(row_number) as row_number
from wanted
anti join etl.paper_version using (content_hash)
group by content_hash;
