select failure_count from channel where channel = :channel;
