"""Prepared statements give on both databases what SQLAlchemy gives."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Insert, Update, bindparam, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from engine.store.database import Database
from engine.store.prepared import Prepared, Statement
from engine.store.tables import leaves, settings, users

NOW = datetime(2026, 11, 26, 12, 0, 0, 1, tzinfo=UTC)
ADD = Prepared(insert(users))
BY_ID = select(users).where(users.c.id == bindparam("sought"))
EVERYBODY = union_all(
    select(literal("a"), users.c.id, users.c.disabled, users.c.created_at),
    select(literal("b"), users.c.id, literal(value=True), users.c.created_at),
).order_by(users.c.id)


def a_user(name: str, **others: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": name.upper(),
        "must_change_password": True,
        "installation_role": "member",
        "disabled": False,
        "created_at": NOW,
        **others,
    }


@pytest.mark.parametrize("statement", [BY_ID, EVERYBODY])
async def test_rows_are_those_of_sqlalchemy(database: Database, statement: Statement):
    prepared, given = Prepared(statement), {"sought": "bo"}
    async with database.writing() as connection:
        await ADD.write_all(connection, [a_user("bo"), a_user("ann", disabled=True)])
        for _ in range(2):
            rows = await prepared.rows(connection, given)
            expected = (await connection.execute(statement, given)).all()
            assert [tuple(row) for row in rows] == [tuple(row) for row in expected] != []
            assert await prepared.row(connection, given) == rows[0]


async def test_other_columns_are_another_statement(database: Database):
    async with database.writing() as connection:
        assert await ADD.write(connection, a_user("bo")) == 1
        assert await ADD.write(connection, a_user("cy", language="de")) == 1
        found = select(users.c.id, users.c.language).order_by(users.c.id)
        assert list(await Prepared(found).rows(connection, {})) == [("bo", None), ("cy", "de")]


async def test_what_is_written_is_counted(database: Database):
    rename = Prepared(
        update(users).where(users.c.id == bindparam("sought")).values(name=bindparam("called"))
    )
    async with database.writing() as connection:
        await ADD.write(connection, a_user("bo"))
        assert await rename.write(connection, {"sought": "bo", "called": "Bo"}) == 1
        assert await rename.write(connection, {"sought": "nobody", "called": "Bo"}) == 0
        assert await Prepared(BY_ID).row(connection, {"sought": "nobody"}) is None


async def test_what_fails_says_so_like_any_statement(database: Database):
    orphan = {"user": "nobody", "begins_at": NOW, "ends_at": NOW, "noticed": "none"}

    async def write() -> None:
        async with database.writing() as connection:
            await Prepared(insert(leaves)).write(connection, orphan)

    with pytest.raises(IntegrityError):
        await write()


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        (
            insert(users),
            {"id": "bo", "name": "Bo", "created_at": NOW, "installation_role": "owner"},
        ),
        (update(settings).values(value=bindparam("told", required=True)), {"name": "a"}),
    ],
    ids=["a default of Python's", "something missing"],
)
async def test_what_cannot_be_handed_over_as_it_is_is_refused(
    on_sqlite: Database, statement: Insert | Update, given: dict[str, Any]
):
    async with on_sqlite.writing() as connection:
        with pytest.raises(TypeError):
            await Prepared(statement).write(connection, given)
