-- The jumps of some authors since a moment, newest first.
select j.author_id, a.name, j.metric, j.old_value, j.new_value, j.usual_step, j.changed_at
from metric_jumps j
join authors a using (author_id)
where list_contains($author_ids, j.author_id) and j.changed_at >= $since
order by j.changed_at desc, j.author_id, j.metric
