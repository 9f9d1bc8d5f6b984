-- One row when it had not been told, none when it had.
insert into alert values (:key, :told_at)
on conflict do nothing
returning key;
