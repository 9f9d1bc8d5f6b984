-- The state of alerts: a SQLite file of its own beside the warehouse, since no archive holds what was sent to whom.
-- Moments are ISO 8601 in UTC, of one length, so that they sort as text.

-- Since when alerts are on: one row, none while they are off.
create table if not exists period (since_at text not null) strict;

create table if not exists mark (
    author_id text primary key,
    since_at text,
    seen_to text,
    tried_to text not null
) strict, without rowid;

-- Every alert that was ever told, by its key.
create table if not exists alert (key text primary key, told_at text not null) strict, without rowid;

-- Up to when the changes of a metric have been counted by a rule with a window.
create table if not exists counted (
    rule text not null,
    author_id text not null,
    metric text not null,
    counted_to text not null,
    primary key (rule, author_id, metric)
) strict, without rowid;

-- alerts: JSON.
create table if not exists message (
    message_id text primary key,
    made_at text not null,
    alert_count integer not null,
    alerts text not null
) strict;

-- A receiver, known by what of its address is no secret. The columns after its place: the failures since it last worked.
create table if not exists channel (
    channel text primary key,
    place integer not null,
    failure_count integer not null default 0,
    failed_at text,
    next_try_at text,
    error text
) strict;

-- state: waiting, sent, given up (older than the limit), or withdrawn (its channel is no longer configured).
create table if not exists delivery (
    message_id text not null references message,
    channel text not null,
    state text not null,
    sent_at text,
    primary key (message_id, channel)
) strict;
