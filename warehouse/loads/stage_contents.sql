create or replace temp table stage_version as from arrow_version;

create or replace temp table stage_text as from arrow_text;
