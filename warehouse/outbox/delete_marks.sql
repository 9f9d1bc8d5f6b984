delete from mark;
