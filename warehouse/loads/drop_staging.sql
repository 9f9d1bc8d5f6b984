drop table judged;
drop table candidate;
drop table arriving;
drop table leaving;
drop table touched;
drop table sighting;
drop table sighted;
drop table ending;
