"""Who of a team is given a card: by turns or by load, reserved at the moment, on both databases."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from engine.core.commands import AssignCard, CommandKey
from engine.store import leaves, people
from engine.store.assigning import Method, absent_people, next_person, reserve_person
from engine.store.database import Database
from engine.store.leaves import Leave, LeaveChange
from pipes.identifiers import UserId
from tests.builders import MONDAY
from tests.engine.running import a_user
from tests.engine.store.test_store import a_moved_card, published, recorded

DAY = timedelta(days=1)
TEAM = ("ana", "bo", "cy")


async def the_team(database: Database) -> None:
    """Ana, Bo and Cy are in the team; Dee has an account, and is not."""
    await published(database)
    async with database.writing() as connection:
        await people.add_team(connection, "design", "Design")
        for name in (*TEAM, "dee"):
            await people.add_user(connection, a_user(name, "member"))
        for name in TEAM:
            await people.set_member(connection, "design", name, lead=False)


async def picked(database: Database, number: int, by: Method) -> UserId | None:
    async with database.writing() as connection:
        return await reserve_person(
            connection,
            team="design",
            by=by,
            card=f"n{number}",
            command=CommandKey(f"k{number}"),
            now=MONDAY + timedelta(seconds=number),
        )


@pytest.mark.parametrize("by", ["round_robin", "least_loaded"])
async def test_a_burst_spreads_over_the_team(database: Database, by: Method):
    await the_team(database)

    given = await asyncio.gather(*(picked(database, number, by) for number in range(30)))

    assert Counter(given) == dict.fromkeys(TEAM, 10)


async def test_who_has_the_fewest_open_cards_is_picked_and_of_several_who_waited_longest(
    database: Database,
):
    await the_team(database)
    for number, name in ((1, "ana"), (2, "ana"), (3, "bo")):
        life = a_moved_card(number)
        life.does("ana", AssignCard(assignees=(UserId(name),)))
        await recorded(database, life)

    given = [await picked(database, number, "least_loaded") for number in range(4, 10)]

    # Cy has none, then one as Bo has; of those with as many, who was given one longest ago.
    assert given == ["cy", "bo", "cy", "ana", "bo", "cy"]


async def test_the_same_command_is_given_the_same_person(database: Database):
    await the_team(database)
    first = await picked(database, 1, "round_robin")
    assert await picked(database, 1, "round_robin") == first
    assert await picked(database, 2, "round_robin") != first


async def test_who_is_on_leave_or_has_no_account_any_more_is_passed_over(database: Database):
    await the_team(database)
    async with database.writing() as connection:
        away = Leave(user="ana", begins_at=MONDAY - DAY, ends_at=MONDAY + DAY)
        later = Leave(user="bo", begins_at=MONDAY + DAY, ends_at=MONDAY + 2 * DAY)
        for leave in (away, later):
            await leaves.set_leave(connection, leave)
        await people.set_disabled(connection, "cy", disabled=True)

        async def there(days: int) -> UserId | None:
            now = MONDAY + days * DAY
            return await next_person(connection, team="design", by="anybody", now=now)

        assert [await there(days) for days in (0, 1, 2)] == ["bo", "ana", "ana"]
        named = tuple(UserId(name) for name in (*TEAM, "dee", "nobody"))
        for team, absent in (
            ("design", ("ana", "cy", "dee", "nobody")),
            (None, ("ana", "cy", "nobody")),
        ):
            assert await absent_people(connection, named, team=team, now=MONDAY) == absent


async def test_a_leave_is_noticed_when_it_begins_and_when_it_ends(database: Database):
    await the_team(database)
    leave = Leave(user="ana", begins_at=MONDAY, ends_at=MONDAY + DAY, delegate="bo")
    async with database.writing() as connection:
        await leaves.set_leave(connection, leave)
        for days, changes in (
            (-1, ()),
            (0, (LeaveChange(leave=leave, state="begun"),)),
            (0, ()),
            (1, (LeaveChange(leave=leave, state="ended"),)),
            (2, ()),
        ):
            now = MONDAY + days * DAY
            assert await leaves.any_unnoticed(connection, now) == bool(changes)
            assert await leaves.notice(connection, now) == changes
        assert await leaves.delegates_of(connection, ["ana", "bo"], MONDAY) == {"ana": "bo"}
        assert await leaves.delegates_of(connection, ["ana", "bo"], MONDAY + DAY) == {}
