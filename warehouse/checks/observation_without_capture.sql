-- An observation whose capture is not known, or was not accepted by the extractor that read it or a newer one.
select o.author_id, o.observed_at, o.capture_id, c.outcome
from etl.observation o
left join etl.capture c
    on c.author_id = o.author_id and c.fetched_at = o.observed_at and c.capture_id = o.capture_id
where c.capture_id is null or (c.outcome <> 'accepted' and c.extractor_version > o.extractor_version);
