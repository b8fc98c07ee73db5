"""Write dates, numbers and money for people by the English of their region."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_language"
down_revision = "2026_11_27_packed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("language", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_column("language")
