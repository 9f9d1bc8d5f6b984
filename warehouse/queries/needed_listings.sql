-- The staged listings whose papers the load has to look at; most days most pages list what they listed before.
select distinct a.listing_hash
from arriving a
join touched t using (author_id)
where not (t.is_append and t.is_same_listing);
