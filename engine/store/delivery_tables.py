"""The tables of deliveries: to where, what, and how it went."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from engine.store.tables import InstantColumn, metadata

# Where webhooks go: made by an admin, or named by a pipe's definition.
endpoints = Table(
    "endpoints",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("origin", String(12), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", String(200), nullable=False),
    Column("pipe", String(100)),
    Column("types", Text, nullable=False),
    Column("secret", String(200)),
    Column("created_by", String(60), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("stopped_at", InstantColumn),
    Column("stopped_because", Text),
    # Since when nothing that was sent has arrived.
    Column("failing_since", InstantColumn),
)

# Secrets, sealed. Those of endpoints have no pipe and the endpoint's id as their name.
secrets = Table(
    "secrets",
    metadata,
    Column("pipe", String(100), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("changed_by", String(60), nullable=False),
    Column("changed_at", InstantColumn, nullable=False),
    # The one before goes on being valid until then.
    Column("former", Text),
    Column("former_until", InstantColumn),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("endpoint", ForeignKey("endpoints.id", ondelete="CASCADE")),
    Column("pipe", String(100), nullable=False),
    Column("card", String(40), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    # The type of the event, the subject of a mail, the method of a request.
    Column("about", Text, nullable=False),
    Column("target", Text, nullable=False),
    # The automation that asked for it.
    Column("cause", String(100), nullable=False),
    Column("content", Text),
    Column("state", String(10), nullable=False),
    # All attempts, and those since it was last begun anew.
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("next_at", InstantColumn),
    Column("ended_at", InstantColumn),
    Index(
        "ix_deliveries_lane",
        "endpoint",
        "card",
        "sequence",
        "position",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_deliveries_endpoint_created_at", "endpoint", "created_at", "id"),
    Index("ix_deliveries_card_created_at", "card", "created_at", "id"),
    Index("ix_deliveries_created_at", "created_at", "id"),
)

# Webhooks that automations are going to send, by the ids that their deliveries will have.
delivery_turns = Table(
    "delivery_turns",
    metadata,
    Column("delivery", String(40), primary_key=True),
    Column("run", String(200), nullable=False),
    Column("endpoint", String(40), nullable=False),
    Column("card", String(40), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Index("ix_delivery_turns_lane", "endpoint", "card", "sequence", "position"),
    Index("ix_delivery_turns_run", "run"),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", InstantColumn, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("status", Integer),
    Column("answer", Text, nullable=False),
    Column("failure", Text),
)
