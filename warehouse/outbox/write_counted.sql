insert into counted values (:rule, :author_id, :metric, :counted_to)
on conflict (rule, author_id, metric) do update set counted_to = excluded.counted_to;
