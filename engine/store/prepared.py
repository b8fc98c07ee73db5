"""Statements of every request: on SQLite put into its words once, and handed to it as they are.

SQLAlchemy compiles a statement once as well, but each time it makes a context for it, asks who
listens, and wraps a cursor and its rows: 10 µs where SQLite needs two, fifteen times for a move.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Dialect, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from engine.store.sqlite_driver import InlineConnection

type Parameters = Mapping[str, Any]
type Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Insert | Update
type _Processor = Callable[[Any], Any] | None


class Prepared:
    """A statement whose parts are always the same; what it is about is bound to it by names."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._inline: dict[tuple[str, ...], _Inline] = {}

    async def rows(
        self, connection: AsyncConnection, parameters: Parameters
    ) -> Sequence[tuple[Any, ...]]:
        """All rows that a selection gives."""
        if isinstance(connection, InlineConnection):
            inline = self._for(connection.dialect, parameters)
            found = connection.run(inline.words, inline.bound(parameters))
            return inline.read(found.fetchall())
        result = await connection.execute(self._statement, parameters)
        return [tuple(row) for row in result]

    async def row(
        self, connection: AsyncConnection, parameters: Parameters
    ) -> tuple[Any, ...] | None:
        """The one row that a selection gives, if it gives one."""
        found = await self.rows(connection, parameters)
        return found[0] if found else None

    async def write(self, connection: AsyncConnection, parameters: Parameters) -> int:
        """Writes; the number of rows that were."""
        if isinstance(connection, InlineConnection):
            inline = self._for(connection.dialect, parameters)
            return connection.run(inline.words, inline.bound(parameters)).rowcount
        return (await connection.execute(self._statement, parameters)).rowcount

    async def write_all(self, connection: AsyncConnection, rows: Sequence[Parameters]) -> None:
        """Writes the same for each of these."""
        if isinstance(connection, InlineConnection):
            for row in rows:
                await self.write(connection, row)
        else:
            await connection.execute(self._statement, rows)

    def _for(self, dialect: Dialect, parameters: Parameters) -> "_Inline":
        names = tuple(parameters)
        known = self._inline.get(names)
        if known is None:
            known = self._inline[names] = _inline(self._statement, dialect, names)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inline:
    """A statement in SQLite's words.

    Attributes:
        places: By which name what stands in each place is given, and how it is written there.
        constants: What always stands in a place.
        columns: How each column is read; empty if they are all taken as they are.
    """

    words: str
    places: Sequence[tuple[str, _Processor]]
    constants: Parameters
    columns: Sequence[_Processor]

    def bound(self, parameters: Parameters) -> list[Any]:
        """What stands in the places."""
        given = {**self.constants, **parameters}
        return [
            given[name] if process is None else process(given[name])
            for name, process in self.places
        ]

    def read(self, found: list[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """The rows as they are meant."""
        if not self.columns:
            return found
        return [
            tuple(
                value if process is None else process(value)
                for value, process in zip(row, self.columns, strict=True)
            )
            for row in found
        ]


def _inline(statement: Statement, dialect: Dialect, names: Sequence[str]) -> _Inline:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 -- of these statements it makes no other
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise TypeError("A column has a default of Python's, which only SQLAlchemy would write.")
    places = compiled.positiontup or []
    others = [name for name in places if name not in names]
    missing = [name for name in others if compiled.binds[name].required]
    if missing:
        raise TypeError(f"Nothing is given for {', '.join(missing)}.")
    given = compiled.params
    columns: list[_Processor] = []
    if isinstance(statement, Select | CompoundSelect):
        columns = [_reading(column.type, dialect) for column in statement.selected_columns]
    return _Inline(
        words=compiled.string,
        places=[(name, _writing(compiled.binds[name].type, dialect)) for name in places],
        constants={name: given[name] for name in others},
        columns=columns if any(columns) else (),
    )


def _writing(kind: TypeEngine[Any], dialect: Dialect) -> _Processor:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> _Processor:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
