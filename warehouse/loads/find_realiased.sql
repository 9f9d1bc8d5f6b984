-- Aliases can change for authors whose spans were encoded again, and for those on whose listing a paper begins under
-- another title than before, if they have aliases, or that is the title of another paper of theirs.
create or replace temp table realiased as
with titled as (
    select r.author_id, r.paper_id, t.title_key
    from retitled r
    join etl.paper_text t using (text_id)
),
namesake as (
    select v.version_id, t.title_key
    from etl.paper_version v
    join etl.paper_text t using (text_id)
    where t.title_key in (select title_key from titled)
)
from recoded
union
select author_id
from retitled
semi join etl.paper_alias using (author_id)
union
select t.author_id
from titled t
join namesake n using (title_key)
join etl.paper_span s on s.version_id = n.version_id and s.author_id = t.author_id
where s.paper_id <> t.paper_id;
