"""Tables, migrations, the event log and the read models, on SQLite and PostgreSQL."""
