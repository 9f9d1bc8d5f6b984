-- Whose row in etl.author is stated anew from all that is known.
create or replace temp table restated as
select author_id from recoded
union
select author_id from judgement where is_new
union
-- With an alias, before or now, a span may begin or end without a change of the paper.
select author_id
from (select author_id from beginning union all select author_id from ending)
semi join (from was_aliased union all select author_id from etl.paper_alias) using (author_id);
