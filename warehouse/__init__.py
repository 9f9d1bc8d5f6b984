"""The warehouse's SQL: migrations, views, macros, loads, queries and checks, one purpose a file."""
