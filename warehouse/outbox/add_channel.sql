insert into channel (channel, place) values (:channel, :place)
on conflict (channel) do update set place = excluded.place;
