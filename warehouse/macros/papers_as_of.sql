create or replace macro papers_as_of(ts) as table
select
    s.author_id,
    s.paper_id,
    t.title,
    v.category,
    v.arxiv_category,
    v.published_on,
    v.has_code,
    v.authors,
    v.et_al,
    v.affiliation,
    t.abstract,
    s.valid_from
from etl.paper_spell s
join etl.paper_version v using (content_hash)
join etl.paper_text t using (text_hash)
where s.valid_from <= ts::timestamp and (s.valid_to is null or s.valid_to > ts::timestamp);
