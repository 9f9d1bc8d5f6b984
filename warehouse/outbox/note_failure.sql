update channel set failure_count = failure_count + 1, failed_at = :now, next_try_at = :next_try_at, error = :error
where channel = :channel;
