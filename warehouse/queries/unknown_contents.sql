select distinct content_hash
from stage_listing anti join etl.paper_version using (content_hash);
