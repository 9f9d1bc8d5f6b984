select exists (from restated);
