-- The definition of a span: sightings of a paper with equal content in consecutive observations of the author.
-- It holds until the paper is seen again (with other content, or after a gap) or is missing from a complete listing.

create or replace temp table recoded_span as
with observed as (
    select
        o.author_id,
        o.observed_at,
        row_number() over author as seq,
        count(*) over (partition by o.author_id) as newest_seq,
        min(o.observed_at) filter (where o.listing_complete) over (
            author rows between 1 following and unbounded following
        ) as next_complete_at
    from etl.observation o
    semi join recoded using (author_id)
    window author as (partition by o.author_id order by o.observed_at)
),
numbered as (
    select
        s.*,
        m.seq,
        m.newest_seq,
        m.next_complete_at,
        m.seq - row_number() over (
            partition by s.author_id, s.paper_id, s.version_id order by m.seq
        ) as island
    from sighting s
    join observed m using (author_id, observed_at)
),
span as (
    select
        author_id,
        paper_id,
        version_id,
        min(observed_at) as valid_from,
        max(observed_at) as last_seen_at,
        max(seq) = any_value(newest_seq) as is_newest,
        last(next_complete_at order by seq) as next_complete_at,
        last(position order by seq) as position
    from numbered
    group by author_id, paper_id, version_id, island
)
select
    *,
    least(
        lead(valid_from) over (partition by author_id, paper_id order by valid_from), next_complete_at
    ) as valid_to
from span;

delete from etl.listed_paper
where author_id in (from recoded);

delete from etl.past_paper
where author_id in (from recoded);

insert into etl.past_paper by name
select author_id, paper_id, version_id, valid_from, valid_to, last_seen_at
from recoded_span
where valid_to is not null;

insert into etl.listed_paper by name
select
    s.author_id,
    s.paper_id,
    s.version_id,
    v.content_hash,
    s.valid_from,
    case when not s.is_newest then s.last_seen_at end as last_seen_at,
    s.position
from recoded_span s
join etl.paper_version v using (version_id)
where s.valid_to is null;

drop table sighting;

drop table recoded_span;
