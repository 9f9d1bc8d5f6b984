-- Text as `sql --format csv` writes it (scholar_etl.cli.render): without characters that act on a terminal or an
-- editor, and never a formula.
create or replace temp macro csv_text(t) as regexp_replace(
    regexp_replace(t, '[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\n\t\x{200c}\x{200d}]', '', 'g'), '^([=+\-@\t])', '''\1'
);

create or replace temp macro csv_cell(x) as case
    when typeof(x) = 'VARCHAR' then csv_text(x::varchar)
    when typeof(x) = 'TIMESTAMP' then strftime(try_cast(x::varchar as timestamp), '%Y-%m-%dT%H:%M:%S.%fZ')
    when typeof(x) like '%[]' then csv_text(to_json(x)::varchar)
    else x::varchar
end;
