-- Judgements of captures. One stands for each capture: that of the highest extractor version, and among equals
-- the latest, since a page may be judged again in the light of later ones.

create or replace temp table judged as
select s.*
from stage_capture s
left join etl.capture c
    on c.author_id = s.author_id and c.fetched_at = s.fetched_at and c.capture_id = s.capture_id
where
    c.capture_id is null
    or s.extractor_version > c.extractor_version
    or (s.extractor_version = c.extractor_version and s.outcome <> c.outcome);

delete from etl.capture c
using judged j
where c.author_id = j.author_id and c.fetched_at = j.fetched_at and c.capture_id = j.capture_id;

insert into etl.capture by name
select * exclude (problems) from judged;

delete from etl.quarantine q
using judged j
where q.author_id = j.author_id and q.fetched_at = j.fetched_at and q.capture_id = j.capture_id;

insert into etl.quarantine by name
select capture_id, author_id, fetched_at, extractor_version, problems
from judged
where outcome = 'quarantined';
