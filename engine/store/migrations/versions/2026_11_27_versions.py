"""Keep migrations of cards onto another version of their pipe, with a report by card."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_27_versions"
down_revision = "2026_11_27_identities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_migrations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("begun_by", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.Column("ended_at", InstantColumn(), nullable=True),
        sa.ForeignKeyConstraint(["pipe"], ["pipes.id"], name=op.f("fk_card_migrations_pipe")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_migrations")),
    )
    op.create_index("ix_card_migrations_pipe", "card_migrations", ["pipe", "created_at"])
    op.create_table(
        "migrating_cards",
        sa.Column("migration", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["migration"],
            ["card_migrations.id"],
            name=op.f("fk_migrating_cards_migration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("migration", "position", name=op.f("pk_migrating_cards")),
    )
    op.create_index(
        "ix_migrating_cards_outcome", "migrating_cards", ["migration", "outcome", "position"]
    )


def downgrade() -> None:
    op.drop_table("migrating_cards")
    op.drop_table("card_migrations")
