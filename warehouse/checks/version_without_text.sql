-- A version whose title and abstract are not stored.
select version_id, text_id
from etl.paper_version anti join etl.paper_text using (text_id);
