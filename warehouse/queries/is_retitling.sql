select exists (from retitled);
