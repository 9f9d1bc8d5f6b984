select channel, place from channel order by place;
