-- A version or a text stored more than once, or a number given twice: joins would double rows.
select 'paper_version' as relation, content_hash::varchar as stored, count(*) as row_count
from etl.paper_version
group by content_hash
having count(*) > 1
union all
select 'paper_version' as relation, version_id::varchar as stored, count(*) as row_count
from etl.paper_version
group by version_id
having count(*) > 1
union all
select 'paper_text' as relation, text_hash::varchar as stored, count(*) as row_count
from etl.paper_text
group by text_hash
having count(*) > 1
union all
select 'paper_text' as relation, text_id::varchar as stored, count(*) as row_count
from etl.paper_text
group by text_id
having count(*) > 1;
