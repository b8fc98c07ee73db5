"""The tables of files: contents that are kept, uploads of them, and the cards that name them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from engine.store.tables import InstantColumn, metadata

# What is in the storage, by its SHA-256.
file_contents = Table(
    "file_contents",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)

# Each upload, by an id that nobody can guess. Until a card names it, only its uploader can use it;
# `used_at` is when somebody last wanted to.
files = Table(
    "files",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", ForeignKey("file_contents.hash"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(127), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("uploaded_by", String(60), nullable=False),
    Column("uploaded_at", InstantColumn, nullable=False),
    Column("used_at", InstantColumn, nullable=False),
    Index("ix_files_hash", "hash"),
    Index("ix_files_used_at", "used_at"),
)

# Which files the cards name, attached or in a field.
card_files = Table(
    "card_files",
    metadata,
    Column("file", String(100), primary_key=True),
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_card_files_card", "card"),
)
