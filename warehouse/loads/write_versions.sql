insert into etl.paper_version by name
from stage_version;

insert into etl.paper_text by name
from stage_text anti join etl.paper_text using (text_hash);
