-- etl.author of everybody, from the log: after a migration.
delete from etl.author;

insert into etl.author by name
from etl.author_state((select list(distinct author_id) from etl.capture));
