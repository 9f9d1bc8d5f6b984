create or replace temp table stage_version as from arrow_version;
