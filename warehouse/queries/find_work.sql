-- Whether moments are judged again, and whether any page may list something else than what is listed.
select
    exists (from touched where not is_append) as is_rejudging,
    exists (from touched where observed_at is not null and not is_same_listing)
    -- What is only assumed to be listed still may be seen again, or be missing from a complete listing.
    or exists (from etl.listed_paper semi join touched using (author_id) where last_seen_at is not null) as is_relisting;
