-- An address that was corrected takes over what waits, and is tried at once.
update channel set channel = :channel, next_try_at = null where channel = :former;
