delete from channel where channel = :former;
