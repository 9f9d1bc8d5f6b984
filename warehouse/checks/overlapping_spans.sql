-- Two spans of one paper on one listing that hold at the same time.
select author_id, paper_id, valid_from, valid_to, next_valid_from
from (
    select *, lead(valid_from) over (partition by author_id, paper_id order by valid_from) as next_valid_from
    from etl.paper_span
)
where next_valid_from < coalesce(valid_to, 'infinity');
