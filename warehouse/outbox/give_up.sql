update delivery set state = 'given up'
where state = 'waiting' and message_id in (select message_id from message where made_at < :before);
