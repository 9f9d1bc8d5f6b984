-- The staged listings whose papers the load has to look at; most days most pages list what they listed before.
select listing_hash
from touched
where observed_at is not null and not is_same_listing
union
select listing_hash
from reading
where is_standing and not was_standing;
