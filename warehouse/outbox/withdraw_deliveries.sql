update delivery set state = 'withdrawn' where channel = :former and state = 'waiting';
