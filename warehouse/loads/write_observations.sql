insert into etl.superseded_observation by name
select distinct on (author_id, observed_at, capture_id, extractor_version)
    * exclude (is_staged, is_refused, is_standing)
from candidate c
where
    not is_standing
    and not exists (
        from candidate s
        where
            s.is_standing
            and s.author_id = c.author_id
            and s.observed_at = c.observed_at
            and s.capture_id = c.capture_id
            and s.extractor_version = c.extractor_version
    )
    and not exists (
        from etl.superseded_observation s
        where
            s.author_id = c.author_id
            and s.observed_at = c.observed_at
            and s.capture_id = c.capture_id
            and s.extractor_version = c.extractor_version
    );

delete from etl.observation o
using leaving l
where o.author_id = l.author_id and o.observed_at = l.observed_at;

insert into etl.observation by name
from arriving;
