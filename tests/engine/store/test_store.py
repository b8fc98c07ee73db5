"""The store on SQLite and PostgreSQL: histories, read model, versions, reservations, people."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.core.actors import user
from engine.core.commands import AddComment, AssignCard, CommandKey, EditCard, MoveCard, Wish
from engine.core.events import CardCreated
from engine.store import log, people, registry, reservations, second_factors, sessions
from engine.store.database import Database
from engine.store.log import HistoryDiverged, HistoryGap, Receipt
from engine.store.people import Token, User, hashed
from engine.store.queries import board
from engine.store.queries.feed import read_changes
from engine.store.queries.filters import CardFilter, Viewer
from engine.store.sessions import Session
from engine.store.standings import standing_of
from pipes.identifiers import FieldId, TransitionId, UserId
from tests.builders import MONDAY, Course, a_document, a_life

BEGIN = Receipt(sequence=0, digest="")
PIPE = "features"


def an_account(name: str) -> User:
    return User(
        id=name,
        name=name.capitalize(),
        email=None,
        password_hash=None,
        must_change_password=False,
        installation_role="member",
        disabled=False,
        created_at=MONDAY,
    )


async def published(database: Database) -> None:
    async with database.writing() as connection:
        await registry.publish(
            connection,
            pipe=PIPE,
            name="Features",
            digest="h",
            document=json.dumps(a_document()),
            holidays="{}",
            by="ana",
            at=MONDAY,
        )


async def recorded(database: Database, life: Course) -> Receipt:
    async with database.writing() as connection:
        return await log.record(connection, {1: life.pipe}, life.it, BEGIN, tuple(life.history))


def renumbered(life: Course, number: int) -> Course:
    """The card with another id and key, just after it was created."""
    identity = replace(life.it.identity, id=f"c{number}", key=f"FEAT-{number}")
    created = life.history[0].body
    assert isinstance(created, CardCreated)
    body = replace(created, card=identity.id, key=identity.key)
    life.history[0] = replace(life.history[0], body=body)
    life.card = replace(life.it, identity=identity)
    return life


def a_moved_card(number: int = 1, name: str = "Offline mode") -> Course:
    life = renumbered(a_life().creates(name=name), number)
    life.waits(minutes=number).does("bo", EditCard(labels=("mobile", "50 %"), priority="high"))
    life.does("bo", MoveCard(transition=TransitionId("to-design")))
    return life


async def test_a_recorded_card_comes_back_as_it_was(database: Database):
    await published(database)
    life = a_moved_card()
    receipt = await recorded(database, life)

    async with database.reading() as connection:
        stored = await log.load_card(connection, "c1")
        events = await log.read_events(connection, "c1")
        found = await log.find_card(connection, "FEAT-1")

    assert stored is not None
    assert stored.card == life.it
    assert stored.digest == receipt.digest
    assert list(events) == life.history
    assert found == "c1"


async def test_recording_again_changes_nothing(database: Database):
    await published(database)
    life = a_moved_card()

    assert await recorded(database, life) == await recorded(database, life)

    async with database.reading() as connection:
        assert len(await log.read_events(connection, "c1")) == len(life.history)


async def test_other_content_under_a_known_number_is_an_alarm(database: Database):
    await published(database)
    life = a_moved_card()
    await recorded(database, life)
    life.history[-1] = replace(life.history[-1], actor=user("cy"))

    with pytest.raises(HistoryDiverged):
        await recorded(database, life)

    async with database.reading() as connection:
        stored = await log.read_events(connection, "c1")
    assert stored[-1].actor == user("bo")


async def test_a_gap_in_a_history_is_refused(database: Database):
    await published(database)
    life = a_moved_card()
    after = Receipt(sequence=2, digest="of something that was never recorded")

    with pytest.raises(HistoryGap):
        async with database.writing() as connection:
            await log.record(connection, {1: life.pipe}, life.it, after, tuple(life.history[2:]))


async def test_what_follows_another_end_than_the_recorded_one_is_an_alarm(database: Database):
    await published(database)
    life = a_moved_card()
    whole = await recorded(database, life)
    life.does("bo", AddComment(text="Well done"))
    after = replace(whole, digest="of another history")

    with pytest.raises(HistoryDiverged):
        async with database.writing() as connection:
            await log.record(connection, {1: life.pipe}, life.it, after, tuple(life.history[-1:]))

    async with database.reading() as connection:
        assert len(await log.read_events(connection, "c1")) == whole.sequence


async def test_parts_of_a_history_may_come_one_after_the_other(database: Database):
    await published(database)
    life = a_moved_card()
    whole = await recorded(database, life)
    life.does("bo", AddComment(text="Well done"))

    async with database.writing() as connection:
        receipt = await log.record(
            connection, {1: life.pipe}, life.it, whole, tuple(life.history[-1:])
        )

    assert receipt.sequence == life.it.version
    async with database.reading() as connection:
        stored = await log.load_card(connection, "c1")
        changes = await read_changes(connection, after=0, limit=10)
    assert stored is not None
    assert stored.card == life.it
    assert changes[-1].version == life.it.version


async def test_a_board_shows_every_card_once_page_by_page(database: Database):
    await published(database)
    for number in range(1, 8):
        await recorded(database, a_moved_card(number, name=f"Card {number}"))
    viewer = Viewer(user=UserId("bo"), sees_all=True)
    seen: list[str] = []
    after, entered = None, MONDAY

    async with database.reading() as connection:
        while True:
            page = await board.read_column(
                connection,
                pipe=PIPE,
                phase="design",
                wanted=CardFilter(),
                viewer=viewer,
                now=MONDAY,
                limit=3,
                after=after,
            )
            if not page:
                break
            seen += [card.key for card in page]
            entered = page[-1].phase_entered_at
            after = board.Position(phase_entered_at=entered, card=page[-1].id)
        counts = await board.count_columns(
            connection, pipe=PIPE, wanted=CardFilter(), viewer=viewer, now=MONDAY
        )

    assert sorted(seen) == [f"FEAT-{number}" for number in range(1, 8)]
    assert {phase: each.cards for phase, each in counts.items()} == {"design": 7}
    assert counts["design"].oldest == entered


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (CardFilter(text="Card 1"), 1),
        (CardFilter(text="card"), 2),
        (CardFilter(text="%%"), 0),
        (CardFilter(text="C_rd"), 0),
        (CardFilter(label="50 %"), 2),
        (CardFilter(label="5"), 0),
        (CardFilter(assignee="bo"), 0),
    ],
)
async def test_filters_take_what_is_typed_literally(
    database: Database, wanted: CardFilter, number: int
):
    await published(database)
    for each in (1, 2):
        await recorded(database, a_moved_card(each, name=f"Card {each}"))
    viewer = Viewer(user=UserId("bo"), sees_all=True)

    async with database.reading() as connection:
        found = await board.read_column(
            connection,
            pipe=PIPE,
            phase="design",
            wanted=wanted,
            viewer=viewer,
            now=MONDAY,
            limit=10,
            after=None,
        )

    assert len(found) == number


async def test_who_sees_only_their_own_finds_no_others(database: Database):
    await published(database)
    await recorded(database, a_moved_card())

    async with database.reading() as connection:
        for name, number in (("bo", 1), ("gus", 0)):
            counts = await board.count_columns(
                connection,
                pipe=PIPE,
                wanted=CardFilter(),
                viewer=Viewer(user=UserId(name), sees_all=False),
                now=MONDAY,
            )
            assert sum(each.cards for each in counts.values()) == number


async def test_the_same_content_is_no_new_version_and_other_content_is_one(database: Database):
    await published(database)
    await published(database)

    async with database.writing() as connection:
        number, is_new = await registry.publish(
            connection,
            pipe=PIPE,
            name="Features, renamed",
            digest="h2",
            document="{}",
            holidays="{}",
            by="ana",
            at=MONDAY,
        )
        versions = await registry.list_versions(connection, PIPE)
        first = await registry.read_document(connection, PIPE, 1)

    assert (number, is_new) == (2, True)
    assert len(versions) == 2
    assert first == json.dumps(a_document())


async def test_a_place_stays_reserved_while_the_card_does_something_else(database: Database):
    """A clock of the card may ring, and be recorded, while its move is on its way."""
    await published(database)
    life = a_life().creates(name="Offline mode")
    await recorded(database, life)

    async def is_granted(card: str, command: str) -> bool:
        async with database.writing() as connection:
            room = await reservations.reserve_place(
                connection,
                pipe=PIPE,
                phase="design",
                limit=1,
                enforce="block",
                card=card,
                command=CommandKey(command),
                now=MONDAY,
            )
        return room.granted

    assert await is_granted(life.it.identity.id, "the-move")
    life.does("bo", EditCard(labels=("late",)))
    await recorded(database, life)
    assert not await is_granted("another", "its-move")


async def test_a_hundred_who_want_a_place_at_once_get_no_more_than_there_are(
    database: Database,
):
    await published(database)

    async def wants(number: int) -> bool:
        async with database.writing() as connection:
            room = await reservations.reserve_place(
                connection,
                pipe=PIPE,
                phase="design",
                limit=5,
                enforce="block",
                card=f"c{number}",
                command=CommandKey(f"k{number}"),
                now=MONDAY,
            )
        return room.granted

    granted = await asyncio.gather(*(wants(number) for number in range(100)))

    assert sum(granted) == 5


async def test_a_value_that_one_card_has_is_not_free_for_another(database: Database):
    await published(database)

    async def wants(card: str) -> bool:
        async with database.writing() as connection:
            return await reservations.reserve_value(
                connection,
                pipe=PIPE,
                field="ticket",
                value='"T-1"',
                card=card,
                command=CommandKey(f"k-{card}"),
                now=MONDAY,
            )

    granted = await asyncio.gather(*(wants(f"c{number}") for number in range(20)))
    assert sum(granted) == 1

    async with database.writing() as connection:
        winner = granted.index(True)
        await reservations.release(connection, CommandKey(f"k-c{winner}"))
    assert await wants("another")


async def test_sessions_and_tokens_are_found_by_their_secret_until_they_end(database: Database):
    async with database.writing() as connection:
        await people.add_user(connection, an_account("ana"))
        await sessions.begin(
            connection,
            Session(
                hash=hashed("cookie"),
                user="ana",
                csrf_token="c",
                created_at=MONDAY,
                expires_at=MONDAY + timedelta(hours=1),
                used_at=MONDAY,
                proved_at=MONDAY,
            ),
        )
        await people.add_token(
            connection,
            Token(
                id="t",
                hash=hashed("secret"),
                name="CI",
                user="ana",
                scopes="cards:read",
                created_at=MONDAY,
                expires_at=MONDAY + timedelta(hours=1),
            ),
        )
    later = MONDAY + timedelta(hours=2)
    async with database.reading() as connection:
        assert await sessions.read(connection, hashed("cookie"), MONDAY) is not None
        assert await sessions.read(connection, hashed("cookie"), later) is None
        assert await sessions.read(connection, hashed("other"), MONDAY) is None
        assert await people.read_token(connection, hashed("secret"), MONDAY) is not None
        assert await people.read_token(connection, hashed("secret"), later) is None


async def test_a_code_is_used_up_with_all_before_it(database: Database):
    async with database.writing() as connection:
        await people.add_user(connection, an_account("ana"))
        assert await second_factors.begin(connection, "ana", "sealed", MONDAY)
        assert await second_factors.begin(connection, "ana", "sealed anew", MONDAY)
        used = [await second_factors.use_up(connection, "ana", step) for step in (7, 7, 6, 8)]
        await second_factors.confirm(connection, "ana", MONDAY)
        assert not await second_factors.begin(connection, "ana", "of a thief", MONDAY)
        kept = await second_factors.read(connection, "ana")
    assert used == [True, False, False, True]
    assert kept is not None
    assert (kept.sealed, kept.confirmed_at, kept.last_step) == ("sealed anew", MONDAY, 8)


async def test_whoever_clicks_twice_begins_one_second_factor(database: Database):
    async with database.writing() as connection:
        await people.add_user(connection, an_account("ana"))

    async def begun(sealed: str) -> bool:
        async with database.writing() as connection:
            return await second_factors.begin(connection, "ana", sealed, MONDAY)

    assert [*await asyncio.gather(begun("one"), begun("two"))] == [True, True]
    async with database.reading() as connection:
        kept = await second_factors.read(connection, "ana")
    assert kept is not None
    assert kept.sealed in ("one", "two")


async def test_migrations_lead_up_and_down_again(database: Database):
    assert (await database.schema()).is_current
    await database.migrate_down()
    assert (await database.schema()).found is None
    async with database.reading() as connection:
        with pytest.raises(Exception, match="cards"):
            await connection.execute(text("SELECT 1 FROM cards"))
    await database.migrate()
    await published(database)


async def test_values_are_kept_to_the_last_digit(database: Database):
    await published(database)
    life = a_life().creates(name="Ω “quoted” \u2028 line", problem="🜁 " * 50)
    life.does("bo", EditCard(values={FieldId("effort"): 0.1 + 0.2}))
    await recorded(database, life)

    async with database.reading() as connection:
        stored = await log.load_card(connection, "c1")

    assert stored is not None
    assert stored.card.values == life.it.values


async def test_what_lists_read_follows_the_card(database: Database):
    """Labels, assignees and indexed values that are taken away are found no more."""
    await published(database)
    life = a_moved_card()
    receipt = await recorded(database, life)
    viewer = Viewer(user=UserId("bo"), sees_all=True)

    async def found(wanted: CardFilter) -> int:
        async with database.reading() as connection:
            counts = await board.count_columns(
                connection, pipe=PIPE, wanted=wanted, viewer=viewer, now=MONDAY
            )
        return sum(each.cards for each in counts.values())

    async def goes_on(wish: Wish) -> None:
        nonlocal receipt
        known = len(life.history)
        life.does("bo", wish)
        async with database.writing() as connection:
            receipt = await log.record(
                connection, {1: life.pipe}, life.it, receipt, tuple(life.history[known:])
            )

    assert await found(CardFilter(label="mobile")) == 1
    await goes_on(AssignCard(assignees=(UserId("cy"),)))
    assert await found(CardFilter(assignee="cy")) == 1
    assert await found(CardFilter(label="mobile")) == 1
    await goes_on(EditCard(labels=("web",)))
    assert await found(CardFilter(label="mobile")) == 0
    assert await found(CardFilter(label="web")) == 1
    await goes_on(AssignCard(assignees=()))
    assert await found(CardFilter(assignee="cy")) == 0


async def test_standing_is_account_roles_and_teams(database: Database):
    await published(database)
    async with database.writing() as connection:
        for name, disabled in (("ana", False), ("gone", True)):
            await people.add_user(
                connection,
                replace(an_account(name), disabled=disabled),
            )
        await people.give_role(connection, PIPE, "ana", "viewer")
        await people.give_role(connection, PIPE, "ana", "director")
        await people.add_team(connection, "product", "Product")
        await people.add_team(connection, "design", "Design")
        await people.set_member(connection, "product", "ana", lead=True)
        await people.set_member(connection, "design", "ana", lead=False)

    async with database.reading() as connection:
        ana = await standing_of(connection, "ana", PIPE, MONDAY)
        elsewhere = await standing_of(connection, "ana", "another-pipe", MONDAY)
        assert await standing_of(connection, "gone", PIPE, MONDAY) is None
        assert await standing_of(connection, "nobody", PIPE, MONDAY) is None

    assert ana is not None
    assert (ana.installation_role, ana.pipe_role) == ("member", "viewer")
    assert ana.roles == {"director"}
    assert set(map(str, ana.teams)) == {"product", "design"}
    assert set(map(str, ana.leads)) == {"product"}
    assert elsewhere is not None
    assert elsewhere.pipe_role == "member"
    assert not elsewhere.roles
