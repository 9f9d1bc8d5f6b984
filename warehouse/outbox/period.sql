select since_at from period;
