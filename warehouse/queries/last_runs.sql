-- The newest run of all, and the newest that accepted anything.
select 'last' as which, * from (from runs order by started_at desc limit 1)
union all by name
select 'last_good' as which, * from (from runs where accepted_count > 0 order by started_at desc limit 1)
