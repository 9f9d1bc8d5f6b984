delete from period;
