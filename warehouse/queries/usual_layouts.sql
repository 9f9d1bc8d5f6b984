-- Where the parts of pages stood in each source's last 10 runs.
with known as (
    select distinct l.source, l.run_id, r.started_at
    from etl.run_layout l
    join etl.run r using (run_id)
),
recent as (
    select source, run_id
    from known
    qualify row_number() over (partition by source order by started_at desc) <= 10
)
select source, part, path, sum(page_count)::bigint as page_count
from etl.run_layout
semi join recent using (source, run_id)
group by source, part, path;
