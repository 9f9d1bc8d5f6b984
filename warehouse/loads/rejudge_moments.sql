-- What stands at each moment of an author, whatever the order of arrival.
--   Judgements  of each capture, that of the highest extractor version; among equals the latest one, since a page may
--               be judged again in the light of later ones.
--   Readings    of the captures of a moment, only the one with the smallest id speaks; of its readings, that of the
--               highest extractor version. It does not stand when a newer extractor refuses the capture, or the same
--               one in the light of others.

create or replace temp table moment as
with arrived as (
    select author_id, fetched_at from stage_capture
    union
    select author_id, observed_at from stage_observation
)
from arrived
semi join (select author_id from touched where not is_append) using (author_id);

create or replace temp table judgement as
with stored as (
    from etl.capture
    semi join moment using (author_id, fetched_at)
    where outcome is not null
),
-- The same judgement once more is nothing new, unless it holds the page back for another reason.
given as (
    select s.*
    from stage_capture s
    semi join moment using (author_id, fetched_at)
    left join stored k using (author_id, fetched_at, capture_id, extractor_version, outcome)
    left join etl.quarantine q using (author_id, fetched_at, capture_id)
    where k.capture_id is null or (s.outcome = 'quarantined' and q.problems is distinct from s.problems)
)
select distinct on (author_id, fetched_at, capture_id) *
from (
    select * exclude (problems, requested_url, etag, last_modified), problems, true as is_new from given
    union all by name
    select
        author_id, fetched_at, capture_id, run_id, source, url, http_status, outcome, extractor_version,
        payload_digest, warc_file, warc_offset, error, refers_to, false as is_new
    from stored
)
order by author_id, fetched_at, capture_id, extractor_version desc, is_new desc;

create or replace temp table reading as
with known as (
    select *, 'given' as origin from stage_observation
    semi join moment on moment.author_id = stage_observation.author_id and fetched_at = observed_at
    union all by name
    select *, 'standing' as origin from etl.observation
    semi join moment on moment.author_id = observation.author_id and fetched_at = observed_at
    union all by name
    select *, 'superseded' as origin from etl.superseded_observation
    semi join moment on moment.author_id = superseded_observation.author_id and fetched_at = observed_at
),
once as (
    select distinct on (author_id, observed_at, capture_id, extractor_version) *
    from known
    order by author_id, observed_at, capture_id, extractor_version, origin = 'given'
),
ranked as (
    select
        *,
        row_number() over (partition by author_id, observed_at order by capture_id, extractor_version desc) as place
    from once
)
select
    r.*,
    -- A superseded reading is never put back: its listing is not kept, and nothing that arrives can call for it.
    r.place = 1
    and r.origin <> 'superseded'
    and not coalesce(j.outcome <> 'accepted' and j.extractor_version >= r.extractor_version, false) as is_standing,
    r.origin = 'standing' as was_standing
from ranked r
left join judgement j
    on j.author_id = r.author_id and j.fetched_at = r.observed_at and j.capture_id = r.capture_id;

-- The authors whose spans are encoded again.
create or replace temp table recoded as
select distinct author_id from reading where is_standing <> was_standing;

update touched
set is_restated = true
where author_id in (from recoded) or author_id in (select author_id from judgement where is_new);
