create or replace macro papers_as_of(ts) as table
select
    author_id,
    paper_id,
    title,
    category,
    arxiv_category,
    published_on,
    has_code,
    authors,
    et_al,
    affiliation,
    abstract,
    valid_from
from paper_history
where valid_from <= ts::timestamp and (valid_to is null or valid_to > ts::timestamp);
