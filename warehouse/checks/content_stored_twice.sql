-- A version or a text stored more than once: joins would double rows.
select 'paper_version' as relation, content_hash as hash, count(*) as row_count
from etl.paper_version
group by content_hash
having count(*) > 1
union all
select 'paper_text' as relation, text_hash as hash, count(*) as row_count
from etl.paper_text
group by text_hash
having count(*) > 1;
