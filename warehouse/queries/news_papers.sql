-- Of some authors' papers that are listed now: those first seen since the author was last looked at (arrow_mark), and
-- those that show code and did not then.
with spell as (
    select s.*, v.has_code, v.text_id, m.seen_to
    from etl.paper_spell_of($authors::varchar[]) s
    join arrow_mark m using (author_id)
    join etl.paper_version v using (version_id)
),
paper as (
    select
        author_id,
        paper_id,
        arg_max(text_id, valid_from) as text_id,
        any_value(first_seen_at) as first_seen_at,
        max(valid_from) as changed_at,
        any_value(first_seen_at) > any_value(seen_to) as is_new,
        arg_max(has_code, valid_from)
            and not coalesce(arg_max(has_code, valid_from) filter (valid_from <= seen_to), false) as is_new_code
    from spell
    group by author_id, paper_id
    having bool_or(valid_to is null)
)
select p.author_id, p.paper_id, t.title, p.first_seen_at, p.changed_at, p.is_new, p.is_new_code
from paper p
join etl.paper_text t using (text_id)
where p.is_new or p.is_new_code
order by p.author_id, t.title, p.paper_id;
