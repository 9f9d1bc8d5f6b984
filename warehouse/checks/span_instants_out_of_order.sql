-- A span whose instants contradict one another or are not observations of its author.
select s.author_id, s.paper_id, s.valid_from, s.last_seen_at, s.valid_to
from etl.paper_span s
left join etl.observation f on f.author_id = s.author_id and f.observed_at = s.valid_from
left join etl.observation l on l.author_id = s.author_id and l.observed_at = s.last_seen_at
left join etl.observation t on t.author_id = s.author_id and t.observed_at = s.valid_to
where
    f.author_id is null
    or (s.last_seen_at is not null and (l.author_id is null or s.last_seen_at < s.valid_from))
    or (s.valid_to is not null and (t.author_id is null or s.last_seen_at is null or s.valid_to <= s.last_seen_at));
