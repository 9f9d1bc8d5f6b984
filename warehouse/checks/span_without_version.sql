-- A span whose content is not stored, or a paper listed now under another content than its span names.
select author_id, paper_id, version_id
from etl.paper_span anti join etl.paper_version using (version_id)
union all
select author_id, paper_id, version_id
from etl.listed_paper anti join etl.paper_version using (version_id, content_hash);
