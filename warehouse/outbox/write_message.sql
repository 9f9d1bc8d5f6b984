insert into message values (:message_id, :made_at, :alert_count, :alerts);
