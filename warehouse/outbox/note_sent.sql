update delivery set state = 'sent', sent_at = :now where message_id = :message_id and channel = :channel;
