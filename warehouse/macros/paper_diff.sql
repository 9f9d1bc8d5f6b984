-- The difference of two states of the listings. A paper that came, and whose content then changed, is one "added".
create or replace macro paper_diff(from_ts, to_ts) as table
with old_state as (
    select author_id, paper_id, content_hash
    from etl.paper_spell
    where valid_from <= from_ts::timestamp and (valid_to is null or valid_to > from_ts::timestamp)
),
new_state as (
    select author_id, paper_id, content_hash, valid_from, listed_from
    from etl.paper_spell
    where valid_from <= to_ts::timestamp and (valid_to is null or valid_to > to_ts::timestamp)
),
difference as (
    select
        author_id,
        paper_id,
        o.content_hash as old_hash,
        n.content_hash as new_hash,
        case
            when o.content_hash is null then 'added'
            when n.content_hash is null then 'removed'
            else 'changed'
        end as change,
        case when o.content_hash is null then n.listed_from else n.valid_from end as began_at
    from old_state o
    full join new_state n using (author_id, paper_id)
    where o.content_hash is distinct from n.content_hash
),
delisted as (
    select d.author_id, d.paper_id, max(s.valid_to) as valid_to
    from difference d
    join etl.paper_spell s using (author_id, paper_id)
    where d.change = 'removed' and s.valid_to <= to_ts::timestamp
    group by d.author_id, d.paper_id
),
described as (
    select
        d.author_id,
        d.paper_id,
        coalesce(nt.title, ot.title) as title,
        d.change,
        coalesce(d.began_at, x.valid_to) as changed_at,
        case when d.change = 'changed'
            then [
                {
                    field: 'title',
                    old_value: ot.title,
                    new_value: nt.title,
                    is_different: ot.title is distinct from nt.title
                },
                {
                    field: 'abstract',
                    old_value: ot.abstract,
                    new_value: nt.abstract,
                    is_different: ot.abstract is distinct from nt.abstract
                },
                {
                    field: 'category',
                    old_value: ov.category,
                    new_value: nv.category,
                    is_different: ov.category is distinct from nv.category
                },
                {
                    field: 'arxiv_category',
                    old_value: ov.arxiv_category,
                    new_value: nv.arxiv_category,
                    is_different: ov.arxiv_category is distinct from nv.arxiv_category
                },
                {
                    field: 'published_on',
                    old_value: ov.published_on::varchar,
                    new_value: nv.published_on::varchar,
                    is_different: ov.published_on is distinct from nv.published_on
                },
                {
                    field: 'has_code',
                    old_value: ov.has_code::varchar,
                    new_value: nv.has_code::varchar,
                    is_different: ov.has_code is distinct from nv.has_code
                },
                {
                    field: 'authors',
                    old_value: array_to_string(ov.authors, ', '),
                    new_value: array_to_string(nv.authors, ', '),
                    is_different: ov.authors is distinct from nv.authors
                },
                {
                    field: 'et_al',
                    old_value: ov.et_al::varchar,
                    new_value: nv.et_al::varchar,
                    is_different: ov.et_al is distinct from nv.et_al
                },
                {
                    field: 'affiliation',
                    old_value: ov.affiliation,
                    new_value: nv.affiliation,
                    is_different: ov.affiliation is distinct from nv.affiliation
                }
            ]
            else [{field: null::varchar, old_value: null::varchar, new_value: null::varchar, is_different: true}]
        end as details
    from difference d
    left join delisted x using (author_id, paper_id)
    left join etl.paper_version ov on ov.content_hash = d.old_hash
    left join etl.paper_text ot on ot.text_hash = ov.text_hash
    left join etl.paper_version nv on nv.content_hash = d.new_hash
    left join etl.paper_text nt on nt.text_hash = nv.text_hash
),
detailed as (
    select author_id, paper_id, title, change, changed_at, unnest(details) as detail
    from described
)
select
    d.author_id,
    d.paper_id,
    d.title,
    d.change,
    d.detail.field as field,
    d.detail.old_value as old_value,
    d.detail.new_value as new_value,
    d.changed_at,
    case
        when exists (
            from etl.superseded_reading s
            join etl.observation o using (author_id, observed_at)
            where
                s.author_id = d.author_id
                and s.observed_at = d.changed_at
                and s.listing_hash <> o.listing_hash
        ) then 'reparse'
        else 'source'
    end as cause
from detailed d
where d.detail.is_different;
