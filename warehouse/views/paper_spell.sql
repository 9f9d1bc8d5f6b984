create or replace view etl.paper_spell as
from etl.paper_spell_of(null);
