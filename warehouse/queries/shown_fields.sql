-- Which fields each author's accepted pages have shown: those of the last 10 runs, and the newest one.
with recent as (
    select min(started_at) as began_at
    from (
        select started_at
        from etl.run
        semi join etl.run_field using (run_id)
        order by started_at desc
        limit 10
    )
),
shown as (
    select
        author_id,
        true as page,
        true as name,
        bool_or(field is not null) as field,
        bool_or(h_index is not null) as h_index,
        bool_or(paper_count is not null) as paper_count,
        bool_or(citation_count is not null) as citation_count,
        bool_or(novelty_pct is not null) as novelty_pct,
        bool_or(ai_score is not null) as ai_score,
        bool_or(heading_count is not null) as heading_count,
        bool_or(listing_complete) as listing_complete
    from etl.observation
    where
        observed_at >= (select began_at from recent)
        or capture_id in (select capture_id from etl.latest_page)
    group by author_id
),
listed as (
    select author_id, paper_id, version_id
    from etl.listed_paper
    union all
    select author_id, paper_id, version_id
    from etl.past_paper
    where valid_to > (select began_at from recent)
),
shown_of_papers as (
    select
        l.author_id,
        bool_or(v.category is not null) as category,
        bool_or(v.published_on is not null) as published_on,
        bool_or(v.has_code) as has_code,
        bool_or(len(v.authors) > 0) as authors,
        bool_or(v.et_al) as et_al,
        bool_or(v.affiliation is not null) as affiliation,
        bool_or(t.abstract is not null) as abstract,
        bool_or(starts_with(l.paper_id, 'arxiv:')) as arxiv_id
    from listed l
    join etl.paper_version v using (version_id)
    join etl.paper_text t using (text_id)
    group by l.author_id
)
select *
from shown
left join shown_of_papers using (author_id);
