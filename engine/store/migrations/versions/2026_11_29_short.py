"""Events are packed, and digests are bytes, on SQLite as they are next written; going back writes
them out again. A card's row no longer repeats the hash of its definition, a change names its card
once, and the board's index grows at its end.
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from engine.packing import unpacked

revision = "2026_11_29_short"
down_revision = "2026_11_28_tries"
branch_labels = None
depends_on = None

_OPEN = sa.text("open = 1")
# What stands in bytes, table by table, and what it was before.
_IN_BYTES: tuple[tuple[str, str, Callable[[bytes], str]], ...] = (
    ("events", "body", unpacked),
    ("events", "digest", bytes.hex),
    ("cards", "digest", bytes.hex),
    ("intents", "body_hash", bytes.hex),
)
_BATCH = 1_000


def upgrade() -> None:
    op.execute("UPDATE intents SET body_hash = substr(body_hash, 1, 32)")
    op.drop_column("cards", "pipe_hash")
    op.drop_column("changes", "card")
    _index_board("phase_entered_at", "id")


def downgrade() -> None:
    _index_board("phase_entered_at DESC", "id DESC")
    op.add_column("cards", sa.Column("pipe_hash", sa.String(64), nullable=False, server_default=""))
    op.add_column("changes", sa.Column("card", sa.String(40), nullable=False, server_default=""))
    op.execute(
        "UPDATE changes SET card ="
        " coalesce((SELECT id FROM cards WHERE cards.key = changes.key), '')"
    )
    op.execute(
        "UPDATE cards SET pipe_hash = (SELECT hash FROM pipe_versions WHERE"
        " pipe_versions.pipe = cards.pipe AND pipe_versions.version = cards.pipe_version)"
    )
    if op.get_bind().dialect.name == "sqlite":
        for table, column, written in _IN_BYTES:
            _write_out(table, column, written)


def _index_board(*order: str) -> None:
    op.drop_index("ix_cards_board", "cards")
    op.create_index(
        "ix_cards_board",
        "cards",
        ["pipe", "phase", *map(sa.text, order), "late_at"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _write_out(table: str, column: str, written: Callable[[bytes], str]) -> None:
    connection, last = op.get_bind(), 0
    rows = sa.text(
        f"SELECT rowid, {column} FROM {table}"  # noqa: S608 -- of our own words
        f" WHERE rowid > :last AND typeof({column}) = 'blob' ORDER BY rowid LIMIT {_BATCH}"
    )
    writes = sa.text(f"UPDATE {table} SET {column} = :text WHERE rowid = :row")  # noqa: S608 -- the same
    while some := connection.execute(rows, {"last": last}).all():
        last = some[-1].rowid
        connection.execute(writes, [{"row": row[0], "text": written(row[1])} for row in some])
