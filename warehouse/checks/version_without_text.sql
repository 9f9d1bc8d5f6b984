-- A version whose title and abstract are not stored.
select content_hash, text_hash
from etl.paper_version anti join etl.paper_text using (text_hash);
