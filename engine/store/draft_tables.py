"""The table of drafts: what authors have typed and not yet published."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from engine.store.tables import InstantColumn, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("author", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("saved_at", InstantColumn, nullable=False),
    Column("origin", String(100)),
    Column("origin_version", Integer),
    Column("revision", Integer, nullable=False),
    Column("discarded_at", InstantColumn),
    Index("ix_drafts_author", "author", "saved_at"),
)
