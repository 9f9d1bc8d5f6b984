create or replace temp table stage_watch as from arrow_watch;
