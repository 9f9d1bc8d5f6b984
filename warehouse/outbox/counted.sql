select rule, author_id, metric, counted_to from counted;
