-- Rows of the public views that are not the same in the published warehouse and in the one built anew, as JSON.

select
    'authors' as view_name,
    author_id,
    author_id as key,
    case when p.author_id is not null then to_json(p)::varchar end as published,
    case when r.author_id is not null then to_json(r)::varchar end as rebuilt
from published.main.authors p
full join rebuilt.main.authors r using (author_id)
where p is distinct from r
union all
select
    'author_metrics' as view_name,
    author_id,
    metric || ' since ' || valid_from as key,
    case when p.author_id is not null then to_json(p)::varchar end as published,
    case when r.author_id is not null then to_json(r)::varchar end as rebuilt
from published.main.author_metrics p
full join rebuilt.main.author_metrics r using (author_id, metric, valid_from)
where p is distinct from r
union all
select
    'papers' as view_name,
    author_id,
    paper_id as key,
    case when p.author_id is not null then to_json(p)::varchar end as published,
    case when r.author_id is not null then to_json(r)::varchar end as rebuilt
from published.main.papers p
full join rebuilt.main.papers r using (author_id, paper_id)
where p is distinct from r
union all
select
    'paper_history' as view_name,
    author_id,
    paper_id || ' since ' || valid_from as key,
    case when p.author_id is not null then to_json(p)::varchar end as published,
    case when r.author_id is not null then to_json(r)::varchar end as rebuilt
from published.main.paper_history p
full join rebuilt.main.paper_history r using (author_id, paper_id, valid_from)
where p is distinct from r
union all
select
    'captures' as view_name,
    coalesce(p.author_id, r.author_id) as author_id,
    capture_id as key,
    case when p.author_id is not null then to_json(p)::varchar end as published,
    case when r.author_id is not null then to_json(r)::varchar end as rebuilt
from published.main.captures p
full join rebuilt.main.captures r using (capture_id)
where p is distinct from r
union all
select
    'quarantine' as view_name,
    coalesce(p.author_id, r.author_id) as author_id,
    capture_id as key,
    case when p.author_id is not null then to_json(p)::varchar end as published,
    case when r.author_id is not null then to_json(r)::varchar end as rebuilt
from published.main.quarantine p
full join rebuilt.main.quarantine r using (capture_id)
where p is distinct from r
order by view_name, author_id, key;
