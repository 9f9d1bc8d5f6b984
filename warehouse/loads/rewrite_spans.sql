-- The definition of a span: sightings of a paper with equal content in consecutive observations of the author.
-- It holds until the paper is seen again (with other content, or after a gap) or is missing from a complete listing.

delete from etl.paper_span
where author_id in (select author_id from touched where not is_append);

insert into etl.paper_span by name
with moment as (
    select
        o.author_id,
        o.observed_at,
        row_number() over author as seq,
        count(*) over (partition by o.author_id) as newest_seq,
        min(o.observed_at) filter (where o.listing_complete) over (
            author rows between 1 following and unbounded following
        ) as next_complete_at
    from etl.observation o
    where o.author_id in (select author_id from touched where not is_append)
    window author as (partition by o.author_id order by o.observed_at)
),
numbered as (
    select
        s.*,
        m.seq,
        m.newest_seq,
        m.next_complete_at,
        m.seq - row_number() over (
            partition by s.author_id, s.paper_id, s.content_hash order by m.seq
        ) as island
    from sighting s
    join moment m using (author_id, observed_at)
),
span as (
    select
        author_id,
        paper_id,
        content_hash,
        min(observed_at) as valid_from,
        max(observed_at) as last_seen_at,
        max(seq) = any_value(newest_seq) as is_newest,
        last(next_complete_at order by seq) as next_complete_at,
        last(position order by seq) as position
    from numbered
    group by author_id, paper_id, content_hash, island
),
ended as (
    select
        *,
        least(
            lead(valid_from) over (partition by author_id, paper_id order by valid_from), next_complete_at
        ) as valid_to
    from span
)
select
    author_id,
    paper_id,
    content_hash,
    valid_from,
    valid_to,
    case when not is_newest then last_seen_at end as last_seen_at,
    case when valid_to is null then position end as position
from ended;
