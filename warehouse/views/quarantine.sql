create or replace view quarantine as
with resolved as (
    select q.capture_id, min(o.observed_at) as resolved_at
    from etl.quarantine q
    join etl.observation o on o.author_id = q.author_id and o.observed_at >= q.fetched_at
    group by q.capture_id
)
select
    q.capture_id::varchar as capture_id,
    q.author_id,
    q.fetched_at,
    c.url,
    array_to_string([p."rule" || ': ' || p.detail for p in q.problems], chr(10)) as reasons,
    q.problems,
    q.extractor_version,
    r.resolved_at
from etl.quarantine q
join etl.capture c
    on c.author_id = q.author_id and c.fetched_at = q.fetched_at and c.capture_id = q.capture_id
left join resolved r on r.capture_id = q.capture_id;
