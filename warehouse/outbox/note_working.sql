update channel set failure_count = 0, failed_at = null, next_try_at = null, error = null where channel = :channel;
