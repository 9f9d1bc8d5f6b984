-- The newest papers that came to a listing after $from_at, other than those that the author's first page had.
select p.author_id, a.name, p.paper_id, p.title, p.authors, p.et_al, p.category, p.published_on, p.first_seen_at
from papers p
join authors a using (author_id)
where p.first_seen_at > $from_at and p.first_seen_at > a.first_seen_at
order by p.first_seen_at desc, a.name, p.title
limit $most;
