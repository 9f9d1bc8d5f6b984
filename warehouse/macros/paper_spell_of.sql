-- Spans with equal content that follow one another without a gap, as one row, under the paper's one id.
-- listed_from is the beginning of the unbroken time on the listing, whatever the content.
-- A span of the id without a link may be open still, assumed, when the linked one begins: it ends there.
-- Of the authors in a list; NULL: of all.
create or replace macro etl.paper_spell_of(author_ids) as table
with newest as (
    select author_id, max(observed_at) as observed_at
    from etl.observation
    where author_ids is null or author_id in (select unnest(author_ids))
    group by author_id
),
span as (
    select
        s.author_id,
        coalesce(a.paper_id, s.paper_id) as paper_id,
        s.version_id,
        s.position,
        s.valid_from,
        s.valid_to,
        coalesce(s.last_seen_at, n.observed_at) as last_seen_at
    from etl.paper_span s
    join newest n using (author_id)
    left join etl.paper_alias a on a.author_id = s.author_id and a.title_id = s.paper_id
),
marked as (
    select
        *,
        lead(valid_from) over paper as next_valid_from,
        lag(valid_from) over paper is null or coalesce(lag(valid_to) over paper < valid_from, false)
            as is_listed_anew,
        is_listed_anew or lag(version_id) over paper <> version_id as is_new
    from span
    window paper as (partition by author_id, paper_id order by valid_from)
),
numbered as (
    select
        *,
        count_if(is_new) over paper as version_number,
        count_if(is_listed_anew) over paper as stretch_number,
        min(valid_from) over (partition by author_id, paper_id) as first_seen_at
    from marked
    window paper as (partition by author_id, paper_id order by valid_from rows unbounded preceding)
),
dated as (
    select
        *,
        min(valid_from) over (partition by author_id, paper_id, stretch_number) as listed_from
    from numbered
)
select
    author_id,
    paper_id,
    any_value(version_id) as version_id,
    last(position order by valid_from) as position,
    min(valid_from) as valid_from,
    last(least(valid_to, next_valid_from) order by valid_from) as valid_to,
    max(last_seen_at) as last_seen_at,
    any_value(first_seen_at) as first_seen_at,
    any_value(listed_from) as listed_from
from dated
group by author_id, paper_id, version_number;
