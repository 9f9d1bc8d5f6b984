-- The papers of these authors over the time they held, an author's and a paper's rows one after the other; only those
-- that began or ended since $from_at (NULL: all). `abstract`
-- only where the paper has several rows: it is there to be compared. is_reread, is_reread_to: whether a newer extractor
-- read the listing at valid_from, at valid_to otherwise than an earlier one.
with reread as (
    select distinct s.author_id, s.observed_at
    from etl.superseded_reading s
    join etl.observation o using (author_id, observed_at)
    where list_contains($authors, author_id) and s.listing_hash <> o.listing_hash
)
select
    s.author_id,
    s.paper_id,
    t.title,
    v.category,
    v.published_on,
    v.has_code,
    v.authors,
    v.et_al,
    v.affiliation,
    case when count(*) over (partition by s.author_id, s.paper_id) > 1 then t.abstract end as abstract,
    s.valid_from,
    s.valid_to,
    s.listed_from,
    f.observed_at is not null as is_reread,
    u.observed_at is not null as is_reread_to
from etl.paper_spell_of($authors::varchar[]) s
join etl.paper_version v using (version_id)
join etl.paper_text t using (text_id)
left join reread f on f.author_id = s.author_id and f.observed_at = s.valid_from
left join reread u on u.author_id = s.author_id and u.observed_at = s.valid_to
qualify $from_at::timestamp is null or greatest(s.valid_from, coalesce(s.valid_to, s.valid_from)) >= $from_at
order by s.author_id, s.paper_id, s.valid_from;
