"""One installation for all tests of the API, with a small pipe and one person in each part."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest

from engine.store import people
from engine.store.database import Database
from tests.api.errands import ERRANDS
from tests.api.people import PASSWORD, Person, arrives, program
from tests.servers.installation import Installation, installation

INSTALLATION_ROLES: Mapping[str, str] = {
    "ada": "admin",
    "ann": "member",
    "bo": "member",
    "cy": "member",
    "val": "member",
    "rae": "member",
    "gus": "guest",
}
PIPE_ROLES: Mapping[str, str] = {"ann": "admin", "val": "viewer", "rae": "requester"}


@pytest.fixture(scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="session")
async def owner(house: Installation) -> AsyncIterator[Person]:
    """The owner, and the small pipe."""
    async with AsyncExitStack() as stack:
        owner = await arrives(house, "owner", house.one_time_password, stack)
        published = await owner.api.post("/pipes", json=ERRANDS)
        assert published.status_code == 201, published.text
        yield owner


@pytest.fixture(scope="session")
async def everyone(house: Installation, owner: Person) -> AsyncIterator[Mapping[str, Person]]:
    """Everybody by their id; `INSTALLATION_ROLES` and `PIPE_ROLES` say what they are."""
    for user, role in INSTALLATION_ROLES.items():
        added = await owner.api.post(
            "/users",
            json={
                "id": user,
                "name": user.capitalize(),
                "password": PASSWORD,
                "installation_role": role,
            },
        )
        assert added.status_code == 201, added.text
    database = Database(f"sqlite:///{house.data / 'phaseline.db'}")
    async with database.writing() as connection:
        for user, role in PIPE_ROLES.items():
            await people.give_role(connection, "errands", user, role)
    await database.close()
    async with AsyncExitStack() as stack:
        arrived = {user: await arrives(house, user, PASSWORD, stack) for user in INSTALLATION_ROLES}
        yield {"owner": owner, **arrived}


@pytest.fixture(scope="session")
async def narrow(
    house: Installation, everyone: Mapping[str, Person]
) -> AsyncIterator[Mapping[str, httpx.AsyncClient]]:
    """The owner's programs, each without one of the scopes."""
    scopes = ("cards:read", "cards:write", "pipes:write", "admin")
    async with AsyncExitStack() as stack:
        made = {}
        for missing in scopes:
            others = [scope for scope in scopes if scope != missing]
            token = await everyone["owner"].api.post(
                "/tokens", json={"name": "Narrow", "scopes": others}
            )
            client = program(house, token.json()["secret"])
            made[missing] = await stack.enter_async_context(client)
        yield made
