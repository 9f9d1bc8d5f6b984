delete from etl.watch;

insert into etl.watch by name
from stage_watch;
