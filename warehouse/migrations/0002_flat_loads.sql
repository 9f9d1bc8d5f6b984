-- A load must cost what arrives, however long the history is. So:
-- * captures and the readings of them are one log, appended to;
-- * what is listed now and what was listed are two tables: the first does not grow with time, the second is appended to;
-- * what a load must know of an author's newest page stands in a row an author (filled by loads/restate_authors.sql,
--   which runs after every migration), and so does what a conditional request needs;
-- * contents and texts are referred to by small numbers, and abstracts are packed with zstd.

create table etl.author (
    author_id varchar not null,
    source varchar,
    "name" varchar,
    field varchar,
    url varchar,
    first_seen_at timestamp,
    last_seen_at timestamp,
    last_changed_at timestamp,
    h_index bigint,
    paper_count bigint,
    citation_count bigint,
    novelty_pct bigint,
    ai_score bigint,
    -- The newest observation's listing; NULL in all columns but the last two where there is no observation.
    listing_hash uuid,
    last_tried_at timestamp not null,
    last_outcome varchar
);

create table etl.latest_page (
    author_id varchar not null,
    capture_id uuid not null,
    requested_url varchar not null,
    etag varchar,
    last_modified varchar,
    -- The capture that holds the payload: the same one, or the one that it repeats.
    original_id uuid not null,
    original_url varchar not null,
    original_at timestamp not null,
    payload_digest varchar not null,
    warc_file varchar not null,
    warc_offset bigint not null
);

insert into etl.latest_page by name
with newest as (
    select author_id, arg_max(c, (fetched_at, capture_id)) as c
    from etl.capture c
    where outcome = 'accepted'
    group by author_id
)
select
    n.author_id,
    n.c.capture_id,
    coalesce(n.c.requested_url, n.c.url) as requested_url,
    coalesce(n.c.etag, o.etag) as etag,
    coalesce(n.c.last_modified, o.last_modified) as last_modified,
    o.capture_id as original_id,
    o.url as original_url,
    o.fetched_at as original_at,
    o.payload_digest,
    o.warc_file,
    o.warc_offset
from newest n
join etl.capture o on o.capture_id = coalesce(n.c.refers_to, n.c.capture_id)
where o.payload_digest is not null;

alter table etl.capture rename to capture_1;

-- One row for each capture: the response, the judgement of it that stands, and the reading of it that stands.
--   outcome and the columns of the response   NULL in an observation that was loaded without its capture.
--   reading_version and the columns after it  NULL where history has no observation of it.
create table etl.capture (
    author_id varchar not null,
    fetched_at timestamp not null,
    capture_id uuid not null,
    run_id varchar not null,
    source varchar not null,
    url varchar not null,
    http_status integer,
    outcome varchar,
    extractor_version integer,
    payload_digest varchar,
    warc_file varchar,
    warc_offset bigint,
    error varchar,
    refers_to uuid,
    reading_version integer,
    recorded_at timestamp,
    "name" varchar,
    field varchar,
    listing_complete boolean,
    heading_count integer,
    h_index bigint,
    paper_count bigint,
    citation_count bigint,
    novelty_pct bigint,
    ai_score bigint,
    listing_hash uuid
);

insert into etl.capture by name
select
    coalesce(c.author_id, o.author_id) as author_id,
    coalesce(c.fetched_at, o.observed_at) as fetched_at,
    coalesce(c.capture_id, o.capture_id) as capture_id,
    coalesce(c.run_id, o.run_id) as run_id,
    coalesce(c.source, o.source) as source,
    coalesce(c.url, o.url) as url,
    c.http_status,
    c.outcome,
    c.extractor_version,
    c.payload_digest,
    c.warc_file,
    c.warc_offset,
    c.error,
    c.refers_to,
    o.extractor_version as reading_version,
    o.recorded_at,
    o.name,
    o.field,
    o.listing_complete,
    o.heading_count,
    o.h_index,
    o.paper_count,
    o.citation_count,
    o.novelty_pct,
    o.ai_score,
    o.listing_hash
from etl.capture_1 c
full join etl.observation o
    on o.author_id = c.author_id and o.observed_at = c.fetched_at and o.capture_id = c.capture_id
order by author_id, fetched_at;

drop table etl.capture_1;

drop table etl.observation;

alter table etl.paper_text rename to paper_text_1;

alter table etl.paper_version rename to paper_version_1;

alter table etl.paper_span rename to paper_span_1;

-- title_key: hash of the title's letters and digits, the same that makes `title:<hash>` of a paper without a link.
create table etl.paper_text (
    text_id integer not null,
    text_hash uuid not null,
    title_key uuid not null,
    title varchar not null,
    abstract varchar using compression zstd
);

insert into etl.paper_text by name
select row_number() over () as text_id, *
from etl.paper_text_1;

-- content_hash covers every other column but the number, and the text: the same content has one row, whoever lists it
-- and whether or not it was linked.
create table etl.paper_version (
    version_id integer not null,
    content_hash uuid not null,
    category varchar,
    arxiv_category varchar,
    published_on date,
    has_code boolean not null,
    affiliation varchar,
    authors varchar[] not null,
    et_al boolean not null,
    text_id integer not null
);

insert into etl.paper_version by name
select row_number() over () as version_id, v.* exclude (text_hash), t.text_id
from etl.paper_version_1 v
join etl.paper_text t using (text_hash);

-- Sightings, run-length encoded: a row covers consecutive observations of the author that listed the paper with the
-- same content. These are the spans that hold.
--   last_seen_at  the last sighting; NULL: all from valid_from to the author's newest observation. Where it is set the
--                 span is only assumed to hold: the observations since then were incomplete listings.
--   position      place on the page at the last sighting.
create table etl.listed_paper (
    author_id varchar not null,
    paper_id varchar not null,
    version_id integer not null,
    content_hash uuid not null,
    valid_from timestamp not null,
    last_seen_at timestamp,
    position integer
);

insert into etl.listed_paper by name
select s.author_id, s.paper_id, v.version_id, s.content_hash, s.valid_from, s.last_seen_at, s.position
from etl.paper_span_1 s
join etl.paper_version v using (content_hash)
where s.valid_to is null;

-- The spans that have ended. valid_to is exclusive.
create table etl.past_paper (
    author_id varchar not null,
    paper_id varchar not null,
    version_id integer not null,
    valid_from timestamp not null,
    valid_to timestamp not null,
    last_seen_at timestamp not null
);

insert into etl.past_paper by name
select s.author_id, s.paper_id, v.version_id, s.valid_from, s.valid_to, s.last_seen_at
from etl.paper_span_1 s
join etl.paper_version v using (content_hash)
where s.valid_to is not null;

drop table etl.paper_span_1;

drop table etl.paper_version_1;

drop table etl.paper_text_1;

-- When the writer's file was last compacted, and to how many blocks: one row, none before the first time.
create table etl.compaction (
    compacted_at timestamp not null,
    block_count bigint not null
);
