-- Pages held back, newest first; only those that no later page has resolved, unless $with_resolved.
select q.capture_id, q.author_id, a.name, q.fetched_at, q.url, q.reasons, q.extractor_version, q.resolved_at
from quarantine q
left join authors a using (author_id)
where $with_resolved or q.resolved_at is null
order by q.fetched_at desc, q.capture_id
