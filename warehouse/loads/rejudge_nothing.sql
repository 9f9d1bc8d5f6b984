-- In place of rejudge_moments.sql where every author is appended to: its tables, empty.

create or replace temp table judgement as
select * exclude (requested_url, etag, last_modified), true as is_new
from stage_capture
limit 0;

create or replace temp table reading as
select *, '' as origin, 0 as place, true as is_standing, true as was_standing
from stage_observation
limit 0;

create or replace temp table recoded as
select author_id from reading;
