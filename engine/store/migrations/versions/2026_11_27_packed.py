"""Cards are packed on SQLite as they are next written; going back writes them out again."""

import sqlalchemy as sa
from alembic import op

from engine.packing import unpacked

revision = "2026_11_27_packed"
down_revision = "2026_11_27_found"
branch_labels = None
depends_on = None

_CARDS = sa.table("cards", sa.column("id", sa.Text), sa.column("snapshot", sa.Text))
_BATCH = 1_000


def upgrade() -> None:
    pass


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    last = ""
    rows = sa.select(_CARDS).order_by(_CARDS.c.id).limit(_BATCH)
    while some := connection.execute(rows.where(_CARDS.c.id > last)).all():
        last = some[-1].id
        for row in some:
            if isinstance(row.snapshot, bytes):
                written = _CARDS.update().where(_CARDS.c.id == row.id)
                connection.execute(written.values(snapshot=unpacked(row.snapshot)))
