"""Find cards by a text, a day, a creator; the values that can be searched by are part of the text.

On SQLite an FTS5 table of trigrams, which triggers keep, and a number by which it knows a card
(a rowid may change when a file is vacuumed). On PostgreSQL its extension pg_trgm.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_found"
down_revision = "2026_11_27_second_factors"
branch_labels = None
depends_on = None

_OPEN, _CANCELLED = sa.text("open = 1"), sa.text("status = 'cancelled'")
_DATED = sa.text("coalesce(due_at, late_at, 9223372036854775807)")
_BOARD: list[str | sa.TextClause] = [
    "pipe",
    "phase",
    sa.text("phase_entered_at DESC"),
    sa.text("id DESC"),
]

_VALUES = {
    "sqlite": "SELECT group_concat(text, char(10)) FROM"
    " (SELECT text FROM card_values WHERE card = cards.id ORDER BY field)",
    "postgresql": 'SELECT string_agg(text, chr(10) ORDER BY field COLLATE "C")'
    " FROM card_values WHERE card = cards.id",
}
_LINE_END = {"sqlite": "char(10)", "postgresql": "chr(10)"}

_TRIGRAMS = (
    "ALTER TABLE cards ADD COLUMN number INTEGER",
    "UPDATE cards SET number = rowid",
    "CREATE UNIQUE INDEX ix_cards_number ON cards (number)",
    (
        "CREATE VIRTUAL TABLE cards_found USING fts5(search, content='cards',"
        " content_rowid='number', tokenize='trigram case_sensitive 1', detail='none', columnsize=0)"
    ),
    "INSERT INTO cards_found (cards_found) VALUES ('rebuild')",
    (
        "CREATE TRIGGER cards_found_added AFTER INSERT ON cards BEGIN"
        " UPDATE cards SET number = (SELECT coalesce(max(number), 0) + 1 FROM cards)"
        " WHERE id = new.id;"
        " INSERT INTO cards_found (rowid, search)"
        " SELECT number, search FROM cards WHERE id = new.id;"
        " END"
    ),
    (
        "CREATE TRIGGER cards_found_changed AFTER UPDATE OF search ON cards"
        " WHEN old.search <> new.search BEGIN"
        " INSERT INTO cards_found (cards_found, rowid, search)"
        " VALUES ('delete', old.number, old.search);"
        " INSERT INTO cards_found (rowid, search) VALUES (new.number, new.search);"
        " END"
    ),
    (
        "CREATE TRIGGER cards_found_removed AFTER DELETE ON cards BEGIN"
        " INSERT INTO cards_found (cards_found, rowid, search)"
        " VALUES ('delete', old.number, old.search);"
        " END"
    ),
)
_NO_TRIGRAMS = (
    "DROP TRIGGER cards_found_removed",
    "DROP TRIGGER cards_found_changed",
    "DROP TRIGGER cards_found_added",
    "DROP TABLE cards_found",
    "DROP INDEX ix_cards_number",
    "ALTER TABLE cards DROP COLUMN number",
)


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    op.execute(
        f"UPDATE cards SET search = search || {_LINE_END[kind]} || ({_VALUES[kind]})"  # noqa: S608 -- of our own words
        " WHERE id IN (SELECT card FROM card_values)"
    )
    if kind == "sqlite":
        for statement in _TRIGRAMS:
            op.execute(statement)
    else:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute("CREATE INDEX ix_cards_search ON cards USING gin (search gin_trgm_ops)")
    op.create_index("ix_cards_creator", "cards", ["creator"])
    _partial("ix_cards_dated", ["pipe", _DATED, "id"], _OPEN)
    _partial("ix_cards_cancelled", ["pipe", "updated_at", "id"], _CANCELLED)
    op.drop_index("ix_cards_board", "cards")
    _partial("ix_cards_board", [*_BOARD, "late_at"], _OPEN)


def downgrade() -> None:
    op.drop_index("ix_cards_board", "cards")
    _partial("ix_cards_board", _BOARD, _OPEN)
    op.drop_index("ix_cards_cancelled", "cards")
    op.drop_index("ix_cards_dated", "cards")
    op.drop_index("ix_cards_creator", "cards")
    kind = op.get_bind().dialect.name
    if kind == "sqlite":
        for statement in _NO_TRIGRAMS:
            op.execute(statement)
        op.execute(
            "UPDATE cards SET search = substr(search, 1, instr(search, char(10)) - 1)"
            " WHERE instr(search, char(10)) > 0"
        )
    else:
        op.drop_index("ix_cards_search", "cards")
        op.execute("UPDATE cards SET search = split_part(search, chr(10), 1)")


def _partial(name: str, columns: Sequence[str | sa.TextClause], condition: sa.TextClause) -> None:
    op.create_index(name, "cards", columns, sqlite_where=condition, postgresql_where=condition)
