insert into etl.paper_text by name
from stage_text anti join etl.paper_text using (text_hash);

insert into etl.paper_version by name
from stage_version anti join etl.paper_version using (content_hash);
