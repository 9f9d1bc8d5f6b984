insert into etl.run_field from arrow_field;

insert into etl.run_layout from arrow_layout;
