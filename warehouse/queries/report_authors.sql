-- Every author with what a report says of one, and the digest of all that the author's own page shows: the readings of
-- the metrics where they change, the papers over the time they held, what earlier extractors read, what is held back.
-- It stays the same while pages come that say nothing new. last_news_at is when the newest page came that did; another
-- order of the papers is no news.
with marked as (
    select
        author_id,
        observed_at,
        [h_index, paper_count, citation_count, novelty_pct, ai_score] as readings,
        lag(readings) over (partition by author_id order by observed_at) is distinct from readings as is_new
    from etl.observation
),
metric as (
    select
        author_id,
        max(observed_at) as news_at,
        string_agg(concat_ws(' ', epoch_us(observed_at), readings), chr(10) order by observed_at) as said
    from marked
    where is_new
    group by author_id
),
paper as (
    select
        s.author_id,
        max(greatest(s.valid_from, coalesce(s.valid_to, s.valid_from))) as news_at,
        string_agg(
            concat_ws(' ', s.paper_id, v.content_hash, epoch_us(s.valid_from), coalesce(epoch_us(s.valid_to), 0)),
            chr(10) order by s.paper_id, s.valid_from
        ) as said
    from etl.paper_spell s
    join etl.paper_version v using (version_id)
    group by s.author_id
),
superseded as (
    select
        author_id,
        string_agg(
            concat_ws(' ', epoch_us(observed_at), metric, coalesce("value", -1), listing_hash),
            chr(10) order by observed_at, metric, "value", listing_hash
        ) as said
    from etl.superseded_reading
    group by author_id
),
held as (
    select
        author_id,
        string_agg(concat_ws(' ', epoch_us(fetched_at), reasons), chr(10) order by fetched_at, capture_id) as said
    from quarantine
    where resolved_at is null
    group by author_id
)
select
    a.*,
    n.last_outcome,
    greatest(m.news_at, coalesce(p.news_at, m.news_at)) as last_news_at,
    md5(
        to_json([
            a.author_id, a.name, a.field, a.url, a.tags::varchar, n.last_outcome, m.said, p.said, s.said, h.said
        ])
    ) as digest
from authors a
join etl.author n using (author_id)
left join metric m using (author_id)
left join paper p using (author_id)
left join superseded s using (author_id)
left join held h using (author_id)
order by a.name, author_id;
