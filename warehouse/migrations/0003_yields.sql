-- What the pages of each run yielded, by which a change of the site's markup is told from an author's.

create table etl.run_field (
    run_id varchar not null,
    source varchar not null,
    field varchar not null,
    page_count integer not null,
    found_count integer not null,
    lost_count integer not null,
    lost_since timestamp
);

-- path: the tags from the body down to where the part stood.
create table etl.run_layout (
    run_id varchar not null,
    source varchar not null,
    part varchar not null,
    path varchar not null,
    page_count integer not null
);
