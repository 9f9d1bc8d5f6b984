insert into delivery
select :message_id, channel, 'waiting', null
from channel;
