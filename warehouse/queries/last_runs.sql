-- The newest run that went to the site, and the newest that accepted anything.
select 'last' as which, * from (from runs where kind not in ('replay', 'import') order by started_at desc limit 1)
union all by name
select 'last_good' as which, * from (
    from runs where kind not in ('replay', 'import') and accepted_count > 0 order by started_at desc limit 1
)
