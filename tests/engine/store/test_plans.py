"""What pages and lists read of very many cards, they find by indices, on both databases.

Held is how much each read looks at, which does not depend on the machine: rows of cards, or the
steps of SQLite's virtual machine.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import acting, links, log, notices, registry
from engine.store.database import Database
from engine.store.integrity import card_ids
from engine.store.queries import board, cards, feed, inbox, views
from engine.store.queries.cards import Sort
from engine.store.queries.filters import CardFilter, Viewer
from pipes.identifiers import FieldId, TeamId, UserId
from tests.builders import MONDAY
from tests.engine.store.crowd import add_crowd, card_id, value_of
from tests.engine.store.test_store import PIPE, a_moved_card, published, recorded
from tests.servers.postgres import PostgresServer

NOW = MONDAY + timedelta(days=1)
EVERYBODY = Viewer(user=UserId("ana"), sees_all=True)
GUEST = Viewer(user=UserId("creator-7"), sees_all=False)
NOTHING = CardFilter()

type Read = Callable[[AsyncConnection], Awaitable[object]]


def a_list(
    status: views.Status = "open",
    order: views.Order = "deadline",
    viewer: Viewer = EVERYBODY,
    **wanted: Any,
) -> Read:
    """A page of the list, and how many cards there are."""

    async def reads(connection: AsyncConnection) -> object:
        given: Mapping[str, Any] = {
            "pipe": PIPE,
            "status": status,
            "wanted": CardFilter(**wanted),
            "viewer": viewer,
            "now": NOW,
        }
        return (
            await views.list_cards(connection, **given, order=order, limit=20),
            await views.count_cards(connection, **given, most=100),
        )

    return reads


def a_board(viewer: Viewer = EVERYBODY, **wanted: Any) -> Read:
    """The columns of a board, and their counts."""

    async def reads(connection: AsyncConnection) -> object:
        given: Mapping[str, Any] = {
            "pipe": PIPE,
            "wanted": CardFilter(**wanted),
            "viewer": viewer,
            "now": NOW,
        }
        phases = ("concept", "design", "done")
        return (
            await board.read_columns(connection, **given, phases=phases, limit=51),
            await board.count_columns(connection, **given),
        )

    return reads


def the_api(pipe: str | None, sort: Sort, viewer: Viewer = EVERYBODY, **wanted: Any) -> Read:
    """A page of the list for programs."""
    return lambda connection: cards.list_cards(
        connection,
        pipe=pipe,
        wanted=CardFilter(**wanted),
        viewer=viewer,
        now=NOW,
        sort=sort,
        after=None,
        limit=51,
    )


def a_month(connection: AsyncConnection) -> Awaitable[object]:
    begin = MONDAY + timedelta(days=4)
    return views.list_dated_cards(
        connection,
        pipe=PIPE,
        wanted=NOTHING,
        viewer=EVERYBODY,
        now=NOW,
        begin=begin,
        end=begin + timedelta(days=1),
        limit=200,
    )


async def a_card(connection: AsyncConnection) -> object:
    number = await log.find_card(connection, "FEAT-1")
    assert number is not None
    stored = await log.load_card(connection, number)
    assert stored is not None
    return (
        await log.read_events_backwards(connection, number, before=None, limit=50),
        await links.links_from(connection, stored.card),
        await links.links_to(connection, stored.card),
        await links.parents_of(connection, stored.card),
        await board.read_board_card(
            connection, key="FEAT-1", wanted=NOTHING, viewer=EVERYBODY, now=NOW
        ),
    )


UPDATED = Sort()
READS: Mapping[str, Read] = {
    "board": a_board(),
    "board, text": a_board(text="number 4100"),
    "board, many with a text": a_board(text="number", label="label-1"),
    "board, assignee": a_board(assignee="user-40"),
    "board, late": a_board(late=True),
    "board, a value": a_board(values={FieldId("problem"): value_of(4_100)}),
    "board of a guest": a_board(viewer=GUEST),
    "labels": lambda connection: board.labels_in_use(connection, PIPE),
    "list": a_list(),
    "list, by what changed": a_list(order="updated"),
    "list, by title": a_list(order="title"),
    "list, by age": a_list(order="age"),
    "list, done": a_list("done", "updated"),
    "list, cancelled": a_list("cancelled", "updated"),
    "list, all": a_list("all", "updated"),
    "list, few with a text": a_list("all", "updated", text="number 4711"),
    "list, many with a text": a_list("all", "updated", text="number", label="label-1"),
    "list, a label": a_list("all", "updated", label="label-1"),
    "list, an assignee": a_list("all", "updated", assignee="user-40"),
    "list, a value": a_list("all", "updated", values={FieldId("problem"): value_of(4_711)}),
    "list of a guest": a_list("all", "updated", viewer=GUEST),
    "calendar": a_month,
    "api": the_api(PIPE, UPDATED),
    "api, a text": the_api(PIPE, UPDATED, text="number 4711"),
    "api, all pipes": the_api(None, UPDATED),
    "api, all pipes, a guest": the_api(None, UPDATED, viewer=GUEST),
    "api, by key": the_api(None, Sort(by="key", descending=False)),
    "card": a_card,
    "inbox, requests": lambda connection: inbox.cards_with_requests(connection, 100),
    "inbox, handoffs": lambda connection: inbox.cards_handed_to(
        connection, [TeamId("design")], 100
    ),
    "inbox, assigned": lambda connection: cards.assigned_cards(
        connection, user="user-40", limit=100
    ),
    "mentions": lambda connection: inbox.mentions_of(connection, EVERYBODY, 100),
    "notices": lambda connection: notices.list_notices(connection, EVERYBODY, limit=50),
    "pipes": lambda connection: registry.list_pipes(connection, NOW),
    "pipes, a guest": lambda connection: registry.list_pipes(connection, NOW, GUEST),
    "live events": lambda connection: feed.read_missed(connection, after=0, limit=100),
    "clocks, the next one": acting.first,
    "clocks, those that are due": lambda connection: acting.take(
        connection, now=NOW, until=NOW, most=16
    ),
    "reconcile": lambda connection: card_ids(connection, after=card_id(500), limit=100),
}


# --- how much is looked at ------------------------------------------------------------------------

MANY = 20_000
# All cards would be as many rows, and three times as many steps.
_STEPS_AT_A_TIME, MOST_STEPS, MOST_ROWS = 100, 50_000, 5_000
# What many cards match SQLite looks up in vain first, and PostgreSQL looks through a label's cards.
_IN_VAIN, _ROWS_OF_MANY = 30_000, 10_000
_LOOKED_AT = re.compile(r"rows=(\d+)(?:\.\d+)? loops=(\d+)")
_REMOVED = re.compile(r"Rows Removed by (?:Filter|Index Recheck): (\d+)")


@pytest.fixture(scope="module")
async def many_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('many') / 'phaseline.db'}")
    await _fill(database)
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def many_on_postgresql(postgres: PostgresServer) -> AsyncIterator[Database]:
    database = Database(await postgres.create("many_cards"))
    await _fill(database)
    yield database
    await database.close()
    await postgres.drop("many_cards")


async def _fill(database: Database) -> None:
    await database.migrate()
    await published(database)
    life = a_moved_card()
    await recorded(database, life)
    await add_crowd(database, life.pipe.definition, life.it, range(1, MANY + 1))


@pytest.mark.parametrize("name", READS)
async def test_sqlite_takes_few_steps_among_many_cards(many_on_sqlite: Database, name: str):
    async with many_on_sqlite.reading() as connection:
        steps = await _steps(connection, READS[name])
    assert steps <= MOST_STEPS + (_IN_VAIN if "many" in name else 0)


@pytest.mark.parametrize("name", READS)
async def test_postgresql_looks_at_few_rows_among_many_cards(
    many_on_postgresql: Database, name: str
):
    async with many_on_postgresql.reading() as connection:
        rows = await _rows(connection, READS[name])
    assert rows <= MOST_ROWS + (_ROWS_OF_MANY if "many" in name else 0)


async def test_a_filter_without_an_index_would_be_noticed(
    many_on_sqlite: Database, many_on_postgresql: Database
):
    async def reads(connection: AsyncConnection) -> object:
        return await connection.execute(text("SELECT id FROM cards WHERE priority = 'x'"))

    async with many_on_sqlite.reading() as connection:
        assert await _steps(connection, reads) > MOST_STEPS
    async with many_on_postgresql.reading() as connection:
        assert await _rows(connection, reads) > MOST_ROWS


async def _steps(connection: AsyncConnection, read: Read) -> int:
    """The steps that SQLite takes, in hundreds."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    taken = 0

    def note() -> int:
        nonlocal taken
        taken += _STEPS_AT_A_TIME
        return 0

    await read(connection)
    driver.set_progress_handler(note, _STEPS_AT_A_TIME)
    try:
        await read(connection)
    finally:
        driver.set_progress_handler(None, 0)
    return taken


async def _rows(connection: AsyncConnection, read: Read) -> int:
    """How many cards PostgreSQL takes or passes over."""
    asked: list[tuple[str, Any]] = []
    sync = connection.sync_connection
    assert sync is not None

    def note(_: object, __: object, statement: str, parameters: object, *rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(sync, "before_cursor_execute", note)
    await read(connection)
    event.remove(sync, "before_cursor_execute", note)
    looked_at = 0
    for statement, parameters in asked:
        plan = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", parameters
        )
        looked_at += sum(map(_looked_at, plan.scalars()))
    return looked_at


def _looked_at(line: str) -> int:
    if "Scan" in line and " on cards" in line and (found := _LOOKED_AT.search(line)):
        return int(found[1]) * int(found[2])
    removed = _REMOVED.search(line)
    return int(removed[1]) if removed else 0
