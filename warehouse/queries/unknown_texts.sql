-- The texts of staged versions that are not known yet.
select distinct text_hash
from stage_version
anti join etl.paper_text using (text_hash);
