select exists (from realiased);
