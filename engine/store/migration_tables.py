"""The tables of card migrations: what was asked for, and what came of each card."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from engine.store.tables import InstantColumn, metadata

card_migrations = Table(
    "card_migrations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pipe", ForeignKey("pipes.id"), nullable=False),
    Column("to_version", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    # For which cards it was asked for, as JSON: what people read again later.
    Column("wanted", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("begun_by", String(60), nullable=False),
    # waiting: for a worker; running; stopping; stopped; done.
    Column("state", String(10), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("ended_at", InstantColumn),
    Index("ix_card_migrations_pipe", "pipe", "created_at"),
)

migrating_cards = Table(
    "migrating_cards",
    metadata,
    Column("migration", ForeignKey("card_migrations.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("card", String(40), nullable=False),
    Column("key", String(60), nullable=False),
    Column("title", Text, nullable=False),
    # The version that the card ran when the migration began.
    Column("version", Integer, nullable=False),
    # waiting; migrates (in a dry run); migrated; unchanged; refused; failed.
    Column("outcome", String(10), nullable=False),
    Column("changes", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Index("ix_migrating_cards_outcome", "migration", "outcome", "position"),
)
