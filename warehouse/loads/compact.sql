-- Every table into the fresh file `compacted`, whose tables exist and are empty. In an order in which like stands beside
-- like: an author's captures one after the other take half the room that they take in the order of their arrival.

insert into compacted.etl.migration from scholar.etl.migration order by all;

insert into compacted.etl.definition from scholar.etl.definition;

insert into compacted.etl.run from scholar.etl.run order by started_at;

insert into compacted.etl.run_field from scholar.etl.run_field;

insert into compacted.etl.run_layout from scholar.etl.run_layout;

insert into compacted.etl.watch from scholar.etl.watch;

insert into compacted.etl.author from scholar.etl.author order by author_id;

insert into compacted.etl.latest_page from scholar.etl.latest_page order by author_id;

insert into compacted.etl.capture from scholar.etl.capture order by author_id, fetched_at, capture_id;

insert into compacted.etl.superseded_observation
from scholar.etl.superseded_observation
order by author_id, observed_at;

insert into compacted.etl.quarantine from scholar.etl.quarantine order by author_id, fetched_at;

insert into compacted.etl.paper_alias from scholar.etl.paper_alias order by all;

-- These two are only ever appended to, by their ids: to sort them would take memory, and change nothing.
insert into compacted.etl.paper_text from scholar.etl.paper_text;

insert into compacted.etl.paper_version from scholar.etl.paper_version;

insert into compacted.etl.listed_paper from scholar.etl.listed_paper order by author_id, position;

insert into compacted.etl.past_paper from scholar.etl.past_paper order by author_id, paper_id, valid_from;
