-- Base tables. Private: people read the views and macros of schema main.
-- No primary keys but on the small tables: a key costs ten times the load and six times the space.

create schema etl;

create table etl.migration (
    version integer primary key,
    name varchar not null,
    applied_at timestamp not null
);

-- Which text of the views, macros and comments stands in this file.
create table etl.definition (digest varchar not null);

create table etl.run (
    run_id varchar primary key,
    kind varchar not null,
    started_at timestamp not null,
    finished_at timestamp,
    status varchar not null,
    author_count integer,
    capture_count integer,
    accepted_count integer,
    quarantined_count integer,
    failed_count integer
);

create table etl.capture (
    capture_id uuid not null,
    run_id varchar not null,
    source varchar not null,
    author_id varchar not null,
    url varchar not null,
    fetched_at timestamp not null,
    http_status integer,
    outcome varchar not null,
    extractor_version integer not null,
    payload_digest varchar,
    warc_file varchar not null,
    warc_offset bigint not null,
    etag varchar,
    last_modified varchar,
    error varchar,
    refers_to uuid,
    requested_url varchar
);

-- Captures whose standing judgement is "quarantined", and what was wrong with them.
create table etl.quarantine (
    capture_id uuid not null,
    author_id varchar not null,
    fetched_at timestamp not null,
    extractor_version integer not null,
    problems struct("rule" varchar, severity varchar, detail varchar)[] not null
);

-- The log that all history is computed from: one row for each (author_id, observed_at).
create table etl.observation (
    author_id varchar not null,
    observed_at timestamp not null,
    capture_id uuid not null,
    run_id varchar not null,
    recorded_at timestamp not null,
    extractor_version integer not null,
    source varchar not null,
    url varchar not null,
    name varchar not null,
    field varchar,
    listing_complete boolean not null,
    heading_count integer,
    h_index bigint,
    paper_count bigint,
    citation_count bigint,
    novelty_pct bigint,
    ai_score bigint,
    listing_hash uuid not null
);

-- Readings that do not stand: another one of the same (author_id, observed_at) does, or none.
create table etl.superseded_observation as from etl.observation;

-- content_hash covers every other column and not the paper's id, so that the same content has one row, whoever lists
-- it and whether or not it was linked.
create table etl.paper_version (
    content_hash uuid not null,
    category varchar,
    arxiv_category varchar,
    published_on date,
    has_code boolean not null,
    affiliation varchar,
    authors varchar[] not null,
    et_al boolean not null,
    text_hash uuid not null
);

-- title_key: hash of the title's letters and digits, the same that makes `title:<hash>` of a paper without a link.
create table etl.paper_text (
    text_hash uuid not null,
    title_key uuid not null,
    title varchar not null,
    abstract varchar
);

-- Sightings, run-length encoded: a row covers consecutive observations of the author that listed the paper
-- with the same content.
--   last_seen_at  the last of them; NULL: all from valid_from to the author's newest observation.
--   valid_to      exclusive; NULL: holds, and with last_seen_at set it is only assumed to (the observations since
--                 then were incomplete listings).
--   position      place on the page at the last sighting; only where valid_to is NULL.
create table etl.paper_span (
    author_id varchar not null,
    paper_id varchar not null,
    content_hash uuid not null,
    valid_from timestamp not null,
    valid_to timestamp,
    last_seen_at timestamp,
    position integer
);

-- Papers listed without a link at one time and with one at another: the views give both the linked id.
create table etl.paper_alias (
    author_id varchar not null,
    title_id varchar not null,
    paper_id varchar not null
);

create table etl.watch (
    author_id varchar not null,
    source varchar not null,
    label varchar,
    tags varchar[] not null
);
