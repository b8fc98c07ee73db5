"""Alembic's entry: runs migrations on the connection that it is handed."""

from alembic import context

import engine.store.command_tables
import engine.store.draft_tables
import engine.store.file_tables
import engine.store.migration_tables
import engine.store.notice_tables
import engine.store.sign_in_tables  # noqa: F401 -- their tables are part of the metadata
from engine.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
