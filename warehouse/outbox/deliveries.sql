-- What was sent and what waits, newest first.
select
    m.message_id,
    m.made_at,
    m.alert_count,
    m.alerts,
    d.channel,
    d.state,
    d.sent_at,
    case when d.state = 'waiting' then c.next_try_at end as next_try_at,
    case when d.state = 'waiting' then c.error end as error
from delivery d
join message m using (message_id)
left join channel c using (channel)
order by m.made_at desc, m.rowid desc, d.channel
limit :most;
