create or replace temp table stage_listing as from arrow_listing;
