create or replace temp table stage_capture as from arrow_capture;

create or replace temp table stage_observation as from arrow_observation;
