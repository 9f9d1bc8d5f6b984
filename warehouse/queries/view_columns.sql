-- The public views' columns with their types, in their order.
select table_name as view_name, column_name, data_type
from duckdb_columns()
where database_name = current_database() and schema_name = 'main'
order by table_name, column_index
