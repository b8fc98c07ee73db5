"""The real servers that tests run against: PostgreSQL, Temporal and a browser."""
