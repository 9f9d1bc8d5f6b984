-- A paper with more than one span that holds now.
select author_id, paper_id, count(*) as open_count
from etl.paper_span
where valid_to is null
group by author_id, paper_id
having count(*) > 1;
