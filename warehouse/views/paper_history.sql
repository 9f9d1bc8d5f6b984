create or replace view paper_history as
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
    s.valid_from,
    s.valid_to,
    s.last_seen_at as last_confirmed_at,
    s.valid_to is null as is_current
from etl.paper_spell s
join etl.paper_version v using (version_id)
join etl.paper_text t using (text_id);
