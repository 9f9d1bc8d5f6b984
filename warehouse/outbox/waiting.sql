-- What waits for a channel that may be tried now, oldest first.
select m.message_id, m.made_at, m.alert_count, m.alerts
from delivery d
join message m using (message_id)
join channel c using (channel)
where d.channel = :channel and d.state = 'waiting' and (c.next_try_at is null or c.next_try_at <= :now)
order by m.made_at, m.rowid;
