"""Keep files: what is in them, who uploaded them, and which cards refer to them."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_27_files"
down_revision = "2026_11_27_profile"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_contents",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_file_contents")),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=127), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=60), nullable=False),
        sa.Column("uploaded_at", InstantColumn(), nullable=False),
        sa.Column("used_at", InstantColumn(), nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["file_contents.hash"], name=op.f("fk_files_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_hash", "files", ["hash"])
    op.create_index("ix_files_used_at", "files", ["used_at"])
    op.create_table(
        "card_files",
        sa.Column("file", sa.String(length=100), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_card_files_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file", "card", name=op.f("pk_card_files")),
    )
    op.create_index("ix_card_files_card", "card_files", ["card"])


def downgrade() -> None:
    for table in ("card_files", "files", "file_contents"):
        op.drop_table(table)
