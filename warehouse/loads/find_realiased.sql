-- Aliases can change for authors whose spans were encoded again, and for those on whose listing a paper begins
-- otherwise than by going on with other facts under the same title.
create or replace temp table realiased as
select author_id from recoded
union
select b.author_id
from beginning b
left join ending e using (author_id, paper_id)
left join etl.paper_version v on v.version_id = e.version_id
where not coalesce(e.was_unbroken and v.text_id = b.text_id, false);

create or replace temp table was_aliased as
select distinct author_id
from etl.paper_alias
semi join touched using (author_id);
