insert into etl.paper_text by name
select
    (select coalesce(max(text_id), 0) from etl.paper_text) + row_number() over () as text_id,
    *
from arrow_text;

insert into etl.paper_version by name
select
    (select coalesce(max(version_id), 0) from etl.paper_version) + row_number() over () as version_id,
    v.* exclude (text_hash),
    t.text_id
from stage_version v
join etl.paper_text t using (text_hash);
