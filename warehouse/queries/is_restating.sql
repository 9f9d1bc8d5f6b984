select exists (from touched where is_restated);
