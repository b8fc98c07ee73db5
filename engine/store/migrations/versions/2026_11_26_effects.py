"""Keep what has to be done because of events, and what people were told."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_26_effects"
down_revision = "2026_11_24_waiting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "effects",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_effects")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", InstantColumn(), nullable=False),
        sa.Column("read_at", InstantColumn(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_notices_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_notices_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "card", "sequence", "kind", "user", name=op.f("uq_notices_card_sequence_kind_user")
        ),
    )
    op.create_index("ix_notices_user_at", "notices", ["user", "at"])


def downgrade() -> None:
    op.drop_table("notices")
    op.drop_table("effects")
