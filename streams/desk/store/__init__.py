"""What the desk keeps: one schema for SQLite and PostgreSQL."""
