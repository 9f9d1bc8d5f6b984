select author_id, name
from authors
order by author_id
