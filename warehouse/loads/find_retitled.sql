-- The papers that begin on a listing otherwise than by going on with other facts under the same title.
create or replace temp table retitled as
select b.author_id, b.paper_id, b.text_id
from beginning b
left join ending e using (author_id, paper_id)
left join etl.paper_version v on v.version_id = e.version_id
where not coalesce(e.was_unbroken and v.text_id = b.text_id, false);
