-- "title:…" and "arxiv:…" are one paper of an author's when they bore the same title, no other link did, and no
-- observation lists two of the ids that would become one.

delete from etl.paper_alias
where author_id in (from realiased);

insert into etl.paper_alias by name
with span as (
    select
        s.author_id,
        s.paper_id,
        s.valid_from,
        coalesce(s.last_seen_at, 'infinity') as last_seen_at,
        t.title_key
    from etl.paper_span s
    join realiased using (author_id)
    join etl.paper_version v using (version_id)
    join etl.paper_text t using (text_id)
),
pair as (
    select t.author_id, t.paper_id as title_id, any_value(l.paper_id) as paper_id
    from span t
    join span l using (author_id, title_key)
    where starts_with(t.paper_id, 'title:') and starts_with(l.paper_id, 'arxiv:')
    group by t.author_id, t.paper_id
    having count(distinct l.paper_id) = 1
),
member as (
    select author_id, paper_id, title_id as member_id from pair
    union
    select author_id, paper_id, paper_id as member_id from pair
),
seen as (
    select m.author_id, m.paper_id, m.member_id, s.valid_from, s.last_seen_at
    from member m
    join span s on s.author_id = m.author_id and s.paper_id = m.member_id
),
clash as (
    select distinct a.author_id, a.paper_id
    from seen a
    join seen b using (author_id, paper_id)
    where
        a.member_id <> b.member_id
        and a.valid_from <= b.last_seen_at
        and b.valid_from <= a.last_seen_at
)
from pair anti join clash using (author_id, paper_id);

update touched
set is_restated = true
where author_id in (from realiased);
