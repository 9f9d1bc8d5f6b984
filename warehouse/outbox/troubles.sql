-- The channels for which something waits, or that failed when last tried.
select
    c.channel,
    count(d.message_id) as waiting_count,
    min(m.made_at) as waiting_since,
    c.failure_count,
    c.failed_at,
    c.next_try_at,
    c.error
from channel c
left join delivery d on d.channel = c.channel and d.state = 'waiting'
left join message m using (message_id)
group by c.channel
having waiting_count > 0 or c.failed_at is not null
order by c.place;
