"""The tables: people, pipes, cards with their events.

Instants are whole microseconds since the epoch, JSON is text: the same on SQLite and PostgreSQL.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, override

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
    text,
)

from engine.packing import packed, unpacked
from pipes.identifiers import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: Instant) -> int:
    """An instant as whole microseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def of_microseconds(count: int) -> Instant:
    """The instant so many microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=count)


class InstantColumn(TypeDecorator[datetime]):
    """An instant as microseconds since the epoch: exact, sortable, and without a zone to lose."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Instant | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Instant | None:
        return None if value is None else of_microseconds(value)


class PackedText(TypeDecorator[str]):
    """A long text, packed on SQLite; what an older version wrote there is read as it is.

    PostgreSQL packs for itself what does not fit into a page's quarter.
    """

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name != "sqlite" else packed(value)

    @override
    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> str | None:
        return unpacked(value) if isinstance(value, bytes) else value


class HexDigits(TypeDecorator[str]):
    """Hexadecimal digits, as the bytes they stand for on SQLite; digits that stand there are read
    as they are.
    """

    impl = String
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name != "sqlite" else bytes.fromhex(value)

    @override
    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> str | None:
        return value.hex() if isinstance(value, bytes) else value


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- people ---------------------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(254)),
    Column("password_hash", String(200)),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("installation_role", String(20), nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("time_zone", String(60)),
    Column("password_ends_at", InstantColumn),
    Column("language", String(20)),
)

teams = Table(
    "teams",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("name", String(200), nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("lead", Boolean, nullable=False, default=False),
    Index("ix_team_members_user", "user"),
)

pipe_roles = Table(
    "pipe_roles",
    metadata,
    Column("pipe", String(100), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(60), primary_key=True),
    Index("ix_pipe_roles_user", "user"),
)

# When people are away, and who decides in their name meanwhile.
leaves = Table(
    "leaves",
    metadata,
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("begins_at", InstantColumn, primary_key=True),
    Column("ends_at", InstantColumn, nullable=False),
    Column("delegate", ForeignKey("users.id", ondelete="SET NULL")),
    # Up to where cards have heard of it: none, begun, ended.
    Column("noticed", String(10), nullable=False, default="none", server_default="none"),
    Index("ix_leaves_delegate", "delegate"),
)

# When somebody of a team was last given a card by turns or by load.
team_turns = Table(
    "team_turns",
    metadata,
    Column("team", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("last_at", InstantColumn, nullable=False),
)

# Who administered what: only ever added to.
audit = Table(
    "audit",
    metadata,
    Column(
        "position",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("at", InstantColumn, nullable=False),
    # Empty for a command on the machine itself.
    Column("by", String(60), nullable=False),
    Column("way", String(10), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_audit_subject", "subject", "position"),
    Index("ix_audit_by", "by", "position"),
    sqlite_autoincrement=True,
)

settings = Table(
    "settings",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)

# --- pipes ----------------------------------------------------------------------------------------

pipes = Table(
    "pipes",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("next_number", Integer, nullable=False, default=1),
    Column("retired", Boolean, nullable=False, default=False),
)

pipe_versions = Table(
    "pipe_versions",
    metadata,
    Column("pipe", ForeignKey("pipes.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("holidays", Text, nullable=False),
    Column("published_by", String(60), nullable=False),
    Column("published_at", InstantColumn, nullable=False),
)

# --- cards ----------------------------------------------------------------------------------------

# The day on which a card stands in a calendar: its own due date, else its phase's deadline; those
# without come last.
DATED = "coalesce(due_at, late_at, 9223372036854775807)"

cards = Table(
    "cards",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("key", String(60), nullable=False, unique=True),
    Column("pipe", ForeignKey("pipes.id"), nullable=False),
    Column("pipe_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", HexDigits(32), nullable=False),
    Column("title", Text, nullable=False),
    # Everything that a text is looked for in. Found by trigrams: see `queries.narrowing`.
    Column("search", Text, nullable=False),
    Column("status", String(10), nullable=False),
    # 1 while the card is open: what boards and lists of work look at.
    Column("open", Integer, nullable=False),
    Column("phase", String(100), nullable=False),
    Column("on_hold", Boolean, nullable=False),
    Column("priority", String(10), nullable=False),
    Column("creator", String(60), nullable=False),
    Column("assignees", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("updated_at", InstantColumn, nullable=False),
    Column("phase_entered_at", InstantColumn, nullable=False),
    Column("due_at", InstantColumn),
    Column("finished_at", InstantColumn),
    # When the phase's clock and the pipe's run out, or did; that they have is data, not an event.
    Column("late_at", InstantColumn),
    Column("expired_at", InstantColumn),
    # When the card does something by itself next, or when it is worth trying again.
    Column("acts_at", InstantColumn),
    # What waits for people: the open round of a request, and the team of a handoff.
    Column("pending", String(100)),
    Column("handoff_team", String(60)),
    Column("snapshot", PackedText, nullable=False),
    # A board reads its columns from this alone, backwards: what grows at its end has full pages.
    # Finished cards are not in it.
    Index(
        "ix_cards_board",
        "pipe",
        "phase",
        "phase_entered_at",
        "id",
        "late_at",
        sqlite_where=text("open = 1"),
        postgresql_where=text("open = 1"),
    ),
    # The inbox finds what waits for people in these.
    Index(
        "ix_cards_pending",
        "updated_at",
        sqlite_where=text("open = 1 AND pending IS NOT NULL"),
        postgresql_where=text("open = 1 AND pending IS NOT NULL"),
    ),
    Index(
        "ix_cards_handoff",
        "handoff_team",
        sqlite_where=text("open = 1 AND handoff_team IS NOT NULL"),
        postgresql_where=text("open = 1 AND handoff_team IS NOT NULL"),
    ),
    Index(
        "ix_cards_acting",
        "acts_at",
        sqlite_where=text("acts_at IS NOT NULL"),
        postgresql_where=text("acts_at IS NOT NULL"),
    ),
    # Lists: what is due next; what changed last, of all cards and of the few that were cancelled.
    Index(
        "ix_cards_dated",
        "pipe",
        text(DATED),
        "id",
        sqlite_where=text("open = 1"),
        postgresql_where=text("open = 1"),
    ),
    Index("ix_cards_pipe_updated", "pipe", "updated_at", "id"),
    Index(
        "ix_cards_cancelled",
        "pipe",
        "updated_at",
        "id",
        sqlite_where=text("status = 'cancelled'"),
        postgresql_where=text("status = 'cancelled'"),
    ),
    Index("ix_cards_updated", "updated_at", "id"),
    Index("ix_cards_creator", "creator"),
)
# Written out, as a partial index is found by the text of a condition: a value that is handed in
# would have SQLite plan the statement anew each time.
IS_OPEN: ColumnElement[bool] = cards.c.open == literal_column("1")

# The secret links of people without an account, by their hashes.
follow_ups = Table(
    "follow_ups",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
)

card_assignees = Table(
    "card_assignees",
    metadata,
    Column("user", String(60), primary_key=True),
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_card_assignees_card", "card"),
)

card_labels = Table(
    "card_labels",
    metadata,
    Column("pipe", String(100), primary_key=True),
    Column("label", String(60), primary_key=True),
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_card_labels_card", "card"),
)

card_values = Table(
    "card_values",
    metadata,
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    Column("field", String(100), primary_key=True),
    Column("pipe", String(100), nullable=False),
    Column("text", String(200), nullable=False),
    Column("number", Float),
    Index("ix_card_values_found", "pipe", "field", "text"),
)

events = Table(
    "events",
    metadata,
    Column("card", String(40), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("at", InstantColumn, nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("command", String(200), nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", PackedText, nullable=False),
    Column("digest", HexDigits(32), nullable=False),
    # What led to it by itself, as JSON; nothing for what somebody did.
    Column("chain", Text),
)

# What changed on boards, in the order in which it was written: what live pages follow. PostgreSQL
# tells each row on this channel, by a trigger.
CHANGES_CHANNEL = "changes"
changes = Table(
    "changes",
    metadata,
    Column(
        "position",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("pipe", String(100), nullable=False),
    Column("key", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", InstantColumn, nullable=False),
    Index("ix_changes_pipe_position", "pipe", "position"),
    sqlite_autoincrement=True,
)

# Which cards a card is connected to, by id or key, through which of its fields.
card_links = Table(
    "card_links",
    metadata,
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    Column("field", String(100), primary_key=True),
    Column("child", String(60), primary_key=True),
    Index("ix_card_links_child", "child"),
)

# What has to be done outside because of events, until a workflow has taken it over.
effects = Table(
    "effects",
    metadata,
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("order", Text, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    sqlite_autoincrement=True,
)

# Automations that ran, or run: why, for how long, and what came of it.
automation_runs = Table(
    "automation_runs",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("pipe", ForeignKey("pipes.id"), nullable=False),
    Column("automation", String(100), nullable=False),
    # None where a schedule creates a card and there is none that it is about.
    Column("card", ForeignKey("cards.id", ondelete="CASCADE")),
    # The order as JSON: what set it off, by whom, after what chain.
    Column("order", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("done", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("failed_step", Integer),
    # How often the step that it is at has failed, and when it is tried next.
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try_at", InstantColumn),
    Column("began_at", InstantColumn, nullable=False),
    Column("ended_at", InstantColumn),
    Index("ix_automation_runs_pipe_began", "pipe", "began_at"),
    Index("ix_automation_runs_card_began", "card", "began_at"),
)

# What somebody was told of an event.
notices = Table(
    "notices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("card", ForeignKey("cards.id", ondelete="CASCADE"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", InstantColumn, nullable=False),
    # Whether it stands on the person's page; a mail may be all that they want.
    Column("in_app", Boolean, nullable=False, default=True),
    Column("read_at", InstantColumn),
    # none: not wanted; waiting: to be sent; sent.
    Column("mail", String(10), nullable=False, default="none"),
    Index("ix_notices_user_at", "user", "at"),
    Index(
        "ix_notices_mail",
        "user",
        sqlite_where=text("mail = 'waiting'"),
        postgresql_where=text("mail = 'waiting'"),
    ),
    UniqueConstraint("card", "sequence", "kind", "user"),
)
