insert into mark (author_id, since_at, seen_to, tried_to) values (?, ?, ?, ?)
on conflict (author_id) do update set
    since_at = excluded.since_at,
    seen_to = excluded.seen_to,
    tried_to = excluded.tried_to;
