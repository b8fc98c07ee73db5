"""The tables of ways in: sessions, tokens, and what people show who they are by."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from engine.store.tables import InstantColumn, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn, nullable=False),
    Column("way", String(10), nullable=False, default="password", server_default="password"),
    Column("used_at", InstantColumn, nullable=False),
    Column("proved_at", InstantColumn),
    Column("address", String(64), nullable=False, default="", server_default=""),
    Column("agent", String(300), nullable=False, default="", server_default=""),
    Index("ix_sessions_user", "user"),
)

# What makes the codes of somebody's authenticator, sealed; it counts once they have typed one.
second_factors = Table(
    "second_factors",
    metadata,
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("added_at", InstantColumn, nullable=False),
    Column("confirmed_at", InstantColumn),
    # Since when a code was last used, in steps of 30 s since the epoch: none is taken twice.
    Column("last_step", BigInteger, nullable=False, default=0, server_default="0"),
)

# Who people are to an OpenID Connect provider.
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("added_at", InstantColumn, nullable=False),
    Index("ix_identities_user", "user"),
)

# Each sets a new password once.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Index("ix_recovery_codes_user", "user"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn, nullable=False),
    Column("last_used_at", InstantColumn),
    # An admin who made it for another account; empty if its user did.
    Column("made_by", String(60)),
)

# Who has tried what of late: when, as JSON of microseconds, and when that counts no longer.
attempts = Table(
    "attempts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("moments", Text, nullable=False),
    Column("ends_at", InstantColumn, nullable=False),
    Index("ix_attempts_ends_at", "ends_at"),
)
