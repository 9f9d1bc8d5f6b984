with wanted as (
    select content_hash from sighted where not is_unbroken
    union
    select l.content_hash
    from stage_listing l
    semi join (select listing_hash from reading where is_standing and not was_standing) using (listing_hash)
)
from wanted
anti join etl.paper_version using (content_hash);
