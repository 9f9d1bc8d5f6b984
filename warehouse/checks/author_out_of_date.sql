-- An author whose row is not what the log says: one of the two, and which.
(
    select 'stored' as "where", * from etl.author
    except
    select 'stored', * from etl.author_state((select list(distinct author_id) from etl.capture))
)
union all
(
    select 'log', * from etl.author_state((select list(distinct author_id) from etl.capture))
    except
    select 'log', * from etl.author
);
