"""Create people, pipes, cards and what commands leave."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_23_begin"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index("ix_changes_pipe_position", ["pipe", "position"], unique=False)

    op.create_table(
        "events",
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", InstantColumn(), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("command", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("card", "sequence", name=op.f("pk_events")),
    )
    op.create_table(
        "intents",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_intents")),
    )
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.create_index("ix_intents_created_at", ["created_at"], unique=False)
        batch_op.create_index(
            "ix_intents_open",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "pipes",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipes")),
    )
    op.create_table(
        "reserved_places",
        sa.Column("command", sa.String(length=200), nullable=False),
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("phase", sa.String(length=100), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("command", "pipe", "phase", name=op.f("pk_reserved_places")),
        sa.UniqueConstraint(
            "pipe", "phase", "card", name=op.f("uq_reserved_places_pipe_phase_card")
        ),
    )
    with op.batch_alter_table("reserved_places", schema=None) as batch_op:
        batch_op.create_index("ix_reserved_places_phase", ["pipe", "phase"], unique=False)

    op.create_table(
        "reserved_values",
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("value", sa.String(length=400), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("command", sa.String(length=200), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("pipe", "field", "value", name=op.f("pk_reserved_values")),
    )
    with op.batch_alter_table("reserved_values", schema=None) as batch_op:
        batch_op.create_index("ix_reserved_values_card", ["card"], unique=False)

    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("installation_role", sa.String(length=20), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("pipe_version", sa.Integer(), nullable=False),
        sa.Column("pipe_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=100), nullable=False),
        sa.Column("on_hold", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("creator", sa.String(length=60), nullable=False),
        sa.Column("assignees", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.Column("updated_at", InstantColumn(), nullable=False),
        sa.Column("phase_entered_at", InstantColumn(), nullable=False),
        sa.Column("due_at", InstantColumn(), nullable=True),
        sa.Column("finished_at", InstantColumn(), nullable=True),
        sa.Column("late_at", InstantColumn(), nullable=True),
        sa.Column("expired_at", InstantColumn(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pipe"], ["pipes.id"], name=op.f("fk_cards_pipe")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("key", name=op.f("uq_cards_key")),
    )
    op.create_index(
        "ix_cards_board",
        "cards",
        ["pipe", "phase", sa.text("phase_entered_at DESC"), sa.text("id DESC")],
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open = 1"),
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index("ix_cards_pipe_updated", ["pipe", "updated_at", "id"], unique=False)
        batch_op.create_index("ix_cards_updated", ["updated_at", "id"], unique=False)

    op.create_table(
        "pipe_roles",
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_pipe_roles_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pipe", "user", "role", name=op.f("pk_pipe_roles")),
    )
    with op.batch_alter_table("pipe_roles", schema=None) as batch_op:
        batch_op.create_index("ix_pipe_roles_user", ["user"], unique=False)

    op.create_table(
        "pipe_versions",
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("holidays", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(length=60), nullable=False),
        sa.Column("published_at", InstantColumn(), nullable=False),
        sa.ForeignKeyConstraint(["pipe"], ["pipes.id"], name=op.f("fk_pipe_versions_pipe")),
        sa.PrimaryKeyConstraint("pipe", "version", name=op.f("pk_pipe_versions")),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.Column("expires_at", InstantColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_sessions_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sessions_user", ["user"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("team", sa.String(length=60), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team"], ["teams.id"], name=op.f("fk_team_members_team"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_team_members_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team", "user", name=op.f("pk_team_members")),
    )
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.create_index("ix_team_members_user", ["user"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.Column("expires_at", InstantColumn(), nullable=False),
        sa.Column("last_used_at", InstantColumn(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_tokens_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )
    op.create_table(
        "card_assignees",
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_card_assignees_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user", "card", name=op.f("pk_card_assignees")),
    )
    with op.batch_alter_table("card_assignees", schema=None) as batch_op:
        batch_op.create_index("ix_card_assignees_card", ["card"], unique=False)

    op.create_table(
        "card_labels",
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_card_labels_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pipe", "label", "card", name=op.f("pk_card_labels")),
    )
    with op.batch_alter_table("card_labels", schema=None) as batch_op:
        batch_op.create_index("ix_card_labels_card", ["card"], unique=False)

    op.create_table(
        "card_values",
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_card_values_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card", "field", name=op.f("pk_card_values")),
    )
    with op.batch_alter_table("card_values", schema=None) as batch_op:
        batch_op.create_index("ix_card_values_found", ["pipe", "field", "text"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("card_values", schema=None) as batch_op:
        batch_op.drop_index("ix_card_values_found")

    op.drop_table("card_values")
    with op.batch_alter_table("card_labels", schema=None) as batch_op:
        batch_op.drop_index("ix_card_labels_card")

    op.drop_table("card_labels")
    with op.batch_alter_table("card_assignees", schema=None) as batch_op:
        batch_op.drop_index("ix_card_assignees_card")

    op.drop_table("card_assignees")
    op.drop_table("tokens")
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.drop_index("ix_team_members_user")

    op.drop_table("team_members")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_user")

    op.drop_table("sessions")
    op.drop_table("pipe_versions")
    with op.batch_alter_table("pipe_roles", schema=None) as batch_op:
        batch_op.drop_index("ix_pipe_roles_user")

    op.drop_table("pipe_roles")
    op.drop_index("ix_cards_board", table_name="cards")
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.drop_index("ix_cards_updated")
        batch_op.drop_index("ix_cards_pipe_updated")

    op.drop_table("cards")
    op.drop_table("users")
    op.drop_table("teams")
    op.drop_table("settings")
    with op.batch_alter_table("reserved_values", schema=None) as batch_op:
        batch_op.drop_index("ix_reserved_values_card")

    op.drop_table("reserved_values")
    with op.batch_alter_table("reserved_places", schema=None) as batch_op:
        batch_op.drop_index("ix_reserved_places_phase")

    op.drop_table("reserved_places")
    op.drop_table("pipes")
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_intents_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("ix_intents_created_at")

    op.drop_table("intents")
    op.drop_table("events")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index("ix_changes_pipe_position")

    op.drop_table("changes")
