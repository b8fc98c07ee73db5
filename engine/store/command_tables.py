"""The tables of commands on their way: intents, and what is reserved until it is decided."""

from sqlalchemy import Boolean, Column, Index, String, Table, Text, UniqueConstraint, text

from engine.store.tables import HexDigits, InstantColumn, metadata

intents = Table(
    "intents",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("card", String(40), nullable=False),
    Column("body_hash", HexDigits(64), nullable=False),
    # open: sent or about to be; answered; rejected; lost: it never reached the card.
    Column("state", String(10), nullable=False),
    Column("answer", Text),
    Column("created_at", InstantColumn, nullable=False),
    Index(
        "ix_intents_open",
        "created_at",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_intents_created_at", "created_at"),
)

reserved_values = Table(
    "reserved_values",
    metadata,
    Column("pipe", String(100), primary_key=True),
    Column("field", String(100), primary_key=True),
    Column("value", String(400), primary_key=True),
    Column("card", String(40), nullable=False),
    Column("command", String(200), nullable=False),
    Column("held", Boolean, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Index("ix_reserved_values_card", "card"),
)

reserved_places = Table(
    "reserved_places",
    metadata,
    Column("command", String(200), primary_key=True),
    Column("pipe", String(100), primary_key=True),
    Column("phase", String(100), primary_key=True),
    Column("card", String(40), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Index("ix_reserved_places_phase", "pipe", "phase"),
    UniqueConstraint("pipe", "phase", "card"),
)

# Who was picked for a card that is about to arrive.
reserved_people = Table(
    "reserved_people",
    metadata,
    Column("command", String(200), primary_key=True),
    Column("team", String(60), primary_key=True),
    Column("user", String(60), nullable=False),
    Column("card", String(40), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Index("ix_reserved_people_user", "user"),
    Index("ix_reserved_people_card", "card"),
)
