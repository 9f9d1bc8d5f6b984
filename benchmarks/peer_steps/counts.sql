-- What a history holds, told by numbers that agree when the histories do: rows open and closed, and a sum over their
-- contents. Each step first makes the views paper_rows and author_rows. Moments are left out: the peers date a
-- change by the load.
select
    'papers' as name,
    is_open,
    count(*) as row_count,
    sum(md5_number_lower(concat_ws(
        '|', author_id, paper_id, title, category, arxiv_category, published_on, has_code, authors, et_al, affiliation,
        abstract
    ))) as content
from paper_rows
group by is_open
union all
select
    'authors',
    is_open,
    count(*),
    sum(md5_number_lower(concat_ws(
        '|', author_id, h_index, paper_count, citation_count, novelty_pct, ai_score
    )))
from author_rows
group by is_open
order by all
