-- etl.author of those whose past changed, from the log.

create or replace temp table author_then as
from etl.author_state((select list(author_id) from touched where is_restated));

delete from etl.author
where author_id in (select author_id from touched where is_restated);

insert into etl.author by name
from author_then;

drop table author_then;
