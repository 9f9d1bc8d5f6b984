-- Among the readings of one (author_id, observed_at) stands the one of the highest extractor version, then of the
-- smallest capture_id, whatever the order of arrival. A reading whose capture a newer extractor refused never does.

create or replace temp table candidate as
with refused as (
    select author_id, fetched_at, capture_id from judged where outcome <> 'accepted'
),
reading as (
    select *, true as is_staged from stage_observation
    union all by name
    select *, false as is_staged
    from etl.observation
    semi join stage_observation using (author_id, observed_at)
    union all by name
    select o.*, false as is_staged
    from etl.observation o
    anti join stage_observation using (author_id, observed_at)
    semi join refused r
        on r.author_id = o.author_id and r.fetched_at = o.observed_at and r.capture_id = o.capture_id
)
select
    r.*,
    c.capture_id is not null as is_refused,
    c.capture_id is null
    and row_number() over (
        partition by r.author_id, r.observed_at
        order by c.capture_id is not null, r.extractor_version desc, r.capture_id, r.is_staged
    ) = 1 as is_standing
from reading r
left join etl.capture c
    on c.author_id = r.author_id
    and c.fetched_at = r.observed_at
    and c.capture_id = r.capture_id
    and c.outcome <> 'accepted'
    and c.extractor_version > r.extractor_version;

create or replace temp table arriving as
select * exclude (is_staged, is_refused, is_standing) from candidate where is_standing and is_staged;

create or replace temp table leaving as
select author_id, observed_at from candidate where not is_standing and not is_staged;
