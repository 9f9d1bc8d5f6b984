create or replace view papers as
select
    s.author_id,
    s.paper_id,
    s.position,
    t.title,
    v.category,
    v.arxiv_category,
    v.published_on,
    v.has_code,
    v.authors,
    v.et_al,
    v.affiliation,
    t.abstract,
    s.first_seen_at,
    s.last_seen_at
from etl.paper_spell s
join etl.paper_version v using (version_id)
join etl.paper_text t using (text_id)
where s.valid_to is null;
