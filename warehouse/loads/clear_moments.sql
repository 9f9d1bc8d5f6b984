-- What the log says of the moments that are judged again, which write_captures.sql says anew, and the readings of them
-- that do not stand.

delete from etl.capture c
using moment m
where c.author_id = m.author_id and c.fetched_at = m.fetched_at;

delete from etl.superseded_observation s
using moment m
where s.author_id = m.author_id and s.observed_at = m.fetched_at;

insert into etl.superseded_observation by name
select r.* exclude (origin, place, is_standing, was_standing)
from reading r
-- What its own extractor's judgement takes back was never another reading of the page.
anti join judgement j
    on j.author_id = r.author_id
    and j.fetched_at = r.observed_at
    and j.capture_id = r.capture_id
    and j.extractor_version = r.extractor_version
    and j.outcome <> 'accepted'
where not is_standing;

delete from etl.quarantine q
using moment m
where q.author_id = m.author_id and q.fetched_at = m.fetched_at
and (q.author_id, q.fetched_at, q.capture_id) in (
    select (author_id, fetched_at, capture_id) from judgement where is_new
);
