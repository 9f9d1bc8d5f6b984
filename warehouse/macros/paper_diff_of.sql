-- The difference of two states of the listings. A paper that came, and whose content then changed, is one "added".
-- Of the authors in a list, at the cost of what is known of them; NULL: of all.
create or replace macro etl.paper_diff_of(from_ts, to_ts, author_ids) as table
with old_state as (
    select author_id, paper_id, version_id
    from etl.paper_spell_of(author_ids)
    where valid_from <= from_ts::timestamp and (valid_to is null or valid_to > from_ts::timestamp)
),
new_state as (
    select author_id, paper_id, version_id, valid_from, listed_from
    from etl.paper_spell_of(author_ids)
    where valid_from <= to_ts::timestamp and (valid_to is null or valid_to > to_ts::timestamp)
),
difference as (
    select
        author_id,
        paper_id,
        o.version_id as old_id,
        n.version_id as new_id,
        case
            when o.version_id is null then 'added'
            when n.version_id is null then 'removed'
            else 'changed'
        end as change,
        case when o.version_id is null then n.listed_from else n.valid_from end as began_at
    from old_state o
    full join new_state n using (author_id, paper_id)
    where o.version_id is distinct from n.version_id
),
delisted as (
    select d.author_id, d.paper_id, max(s.valid_to) as valid_to
    from difference d
    join etl.paper_spell_of(author_ids) s using (author_id, paper_id)
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
    left join etl.paper_version ov on ov.version_id = d.old_id
    left join etl.paper_text ot on ot.text_id = ov.text_id
    left join etl.paper_version nv on nv.version_id = d.new_id
    left join etl.paper_text nt on nt.text_id = nv.text_id
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
