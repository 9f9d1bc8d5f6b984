-- What a warehouse built anew cannot have from the archive, from the one published before.

-- Runs. Their counts are of what is stored for them now, as is asked of them. A run of which the warehouse before knew
-- nothing has its captures to speak for it.
insert into rebuilt.etl.run by name
with counted as (
    select
        run_id,
        min(fetched_at) as first_at,
        max(fetched_at) as last_at,
        count(*) as capture_count,
        count_if(outcome = 'accepted') as accepted_count,
        count_if(outcome = 'quarantined') as quarantined_count
    from rebuilt.etl.capture
    group by run_id
)
select
    run_id,
    coalesce(r.kind, 'unknown') as kind,
    coalesce(r.started_at, c.first_at) as started_at,
    case when r.run_id is null then c.last_at else r.finished_at end as finished_at,
    coalesce(r.status, 'unknown') as status,
    r.author_count,
    case when r.run_id is null or r.finished_at is not null then coalesce(c.capture_count, 0) end as capture_count,
    case when r.run_id is null or r.finished_at is not null then coalesce(c.accepted_count, 0) end as accepted_count,
    case when r.run_id is null or r.finished_at is not null then coalesce(c.quarantined_count, 0) end
        as quarantined_count,
    case
        when r.run_id is null or r.finished_at is not null
            then coalesce(c.capture_count - c.accepted_count - c.quarantined_count, 0)
    end as failed_count
from published.etl.run r
full join counted c using (run_id);

-- What their pages yielded when they were read.
insert into rebuilt.etl.run_field from published.etl.run_field;

insert into rebuilt.etl.run_layout from published.etl.run_layout;

-- What earlier extractors made of captures: the readings that stood, and those in whose place they stood.
insert into rebuilt.etl.superseded_observation by name
with earlier as (
    from published.etl.superseded_observation
    union all by name
    from published.etl.observation
)
select distinct on (e.author_id, e.observed_at, e.capture_id, e.extractor_version) e.*
from earlier e
join rebuilt.etl.capture c
    on c.author_id = e.author_id and c.fetched_at = e.observed_at and c.capture_id = e.capture_id
where e.extractor_version < c.extractor_version
-- recorded_at: when the reading was taken in first.
order by e.author_id, e.observed_at, e.capture_id, e.extractor_version, e.recorded_at;

-- When a reading was taken in first stays so.
update rebuilt.etl.capture c
set recorded_at = p.recorded_at
from published.etl.capture p
where
    p.author_id = c.author_id
    and p.fetched_at = c.fetched_at
    and p.capture_id = c.capture_id
    and p.reading_version = c.reading_version
    and p.recorded_at is distinct from c.recorded_at;

-- The replay itself.
insert into rebuilt.etl.run by name
select
    $run_id as run_id,
    'replay' as kind,
    $started_at::timestamp as started_at,
    $finished_at::timestamp as finished_at,
    $status as status,
    count(distinct author_id) as author_count,
    0 as capture_count,
    0 as accepted_count,
    0 as quarantined_count,
    0 as failed_count
from rebuilt.etl.capture;
