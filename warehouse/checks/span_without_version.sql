-- A span whose content is not stored.
select author_id, paper_id, content_hash
from etl.paper_span anti join etl.paper_version using (content_hash);
