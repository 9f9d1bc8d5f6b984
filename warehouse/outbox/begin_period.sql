insert into period
select :since_at
where not exists (select * from period);
