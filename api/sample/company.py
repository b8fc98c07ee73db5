"""The sample's company: its people, their teams, and what they may decide in the shipped pipes."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engine.gateway import utc_now
from engine.store import people, registry
from engine.store.database import AsyncConnection, Database
from engine.store.people import User

_FILE = Path(__file__).parent / "people.json"
_DOMAIN = "vistoria.example"

# The sample's own files, read as they are.
type Part = Mapping[str, Any]


async def works_here(database: Database) -> bool:
    """Whether the company's people have accounts."""
    async with database.reading() as connection:
        known = await _known(connection)
    return all(person["id"] in known for person in _company()["people"])


async def hire(database: Database) -> None:
    """Adds those of the company's people and teams that are not there."""
    company = _company()
    async with database.writing() as connection:
        pipes = [each.id for each in await registry.list_pipes(connection, utc_now())]
        known = await _known(connection)
        for person in company["people"]:
            if person["id"] not in known:
                await _add_person(connection, person, pipes)
        teams = {team.id for team in await people.list_teams(connection)}
        for team in company["teams"]:
            if team["id"] not in teams:
                await people.add_team(connection, team["id"], team["name"])
            for member in team["members"]:
                await people.set_member(connection, team["id"], member, lead=member == team["lead"])


async def _known(connection: AsyncConnection) -> frozenset[str]:
    return frozenset(each.id for each in await people.list_users(connection))


async def _add_person(connection: AsyncConnection, person: Part, pipes: list[str]) -> None:
    await people.add_user(
        connection,
        User(
            id=person["id"],
            name=person["name"],
            email=f"{person['id']}@{_DOMAIN}",
            password_hash=None,
            must_change_password=False,
            installation_role="member",
            disabled=False,
            created_at=utc_now(),
        ),
    )
    for pipe in pipes:
        for role in person.get("roles", ()):
            await people.give_role(connection, pipe, person["id"], role)


@cache
def _company() -> Part:
    read: Part = json.loads(_FILE.read_text(encoding="utf-8"))
    return read
