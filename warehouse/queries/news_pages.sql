-- Of some authors: since when the site has had no page of theirs, and since when their pages have been held back, where
-- that began after they were last looked at (arrow_mark).
with page as (
    select capture_id, author_id, fetched_at, outcome
    from etl.capture
    where outcome is not null and author_id in (select unnest($authors::varchar[]))
),
good as (
    select
        author_id,
        max(fetched_at) filter (outcome = 'accepted') as accepted_at,
        max(fetched_at) filter (outcome in ('accepted', 'quarantined')) as there_at
    from page
    group by author_id
),
trouble as (
    select
        p.author_id,
        p.outcome,
        min(p.fetched_at) as since_at,
        arg_min(p.capture_id, (p.fetched_at, p.capture_id)) as capture_id
    from page p
    join good g using (author_id)
    where
        (p.outcome = 'not_found' and p.fetched_at > coalesce(g.there_at, '-infinity'))
        or (p.outcome = 'quarantined' and p.fetched_at > coalesce(g.accepted_at, '-infinity'))
    group by p.author_id, p.outcome
)
select t.author_id, t.outcome, t.since_at, t.capture_id::varchar as capture_id, q.reasons
from trouble t
left join arrow_mark m using (author_id)
left join quarantine q on q.capture_id = t.capture_id::varchar
where m.tried_to is null or t.since_at > m.tried_to
order by t.author_id, t.outcome;
