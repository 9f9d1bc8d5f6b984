select exists (from touched where not is_append);
