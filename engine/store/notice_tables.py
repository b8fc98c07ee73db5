"""The tables beside notices: by which channels people want them, and the mails that were kept."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)

from engine.store.tables import InstantColumn, metadata

# Where somebody wants something else than what is usual.
notice_choices = Table(
    "notice_choices",
    metadata,
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("wanted", Boolean, nullable=False),
)

# What would have been sent: where no mail server is configured.
mails = Table(
    "mails",
    metadata,
    Column(
        "position",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("message_id", String(200), nullable=False, unique=True),
    Column("at", InstantColumn, nullable=False),
    Column("recipients", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("headers", Text, nullable=False),
    sqlite_autoincrement=True,
)
