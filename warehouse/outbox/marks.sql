select author_id, since_at, seen_to, tried_to from mark;
