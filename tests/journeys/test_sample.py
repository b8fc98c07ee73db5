"""The sample on a running installation: one company, in every phase, once, and nothing amiss."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engine.store import deliveries, mails
from engine.store.database import Database
from engine.store.deliveries import Wanted
from engine.store.mails import Mail
from tests.engine.running import eventually_so
from tests.servers.installation import Installation, all_pages

PHASES = {"concept", "design", "develop", "launch", "measure", "done", "rejected"}


@pytest.fixture(scope="module")
async def sampled(house: Installation) -> Installation:
    """An installation to which the sample has been added."""
    await adds_the_sample(house)
    return house


async def adds_the_sample(house: Installation) -> None:
    done = await asyncio.to_thread(house.command, "seed")
    assert (done.returncode, "139 sample cards" in done.stdout) == (0, True), done.stderr


async def test_the_sample_has_cards_in_all_pipes_and_nothing_in_it_has_failed(
    sampled: Installation,
) -> None:
    async with sampled.client() as client:
        cards = await all_pages(client, "/pipes/product-lifecycle/cards")
        assert set(Counter(card["phase"] for card in cards)) >= PHASES
        listed = (await client.get("/pipes")).json()["items"]
        assert all(pipe["open_cards"] for pipe in listed)

        async def runs_in(state: str) -> list[str]:
            return [
                f"{run['card']['key']} {run['automation']}: {run['reasons']}"
                for pipe in listed
                for run in await all_pages(
                    client, f"/pipes/{pipe['id']}/automations/runs?state={state}"
                )
            ]

        async def have_run() -> bool:
            return not await runs_in("running")

        await eventually_so(have_run, within=60)
        assert await runs_in("failed") == []
    async with database_of(sampled) as database:

        async def have_left() -> bool:
            async with database.reading() as connection:
                return not await deliveries.listed(connection, Wanted(state="waiting"), limit=1)

        await eventually_so(have_left, within=60)
        await holds_what_people_would_write(database)


async def test_what_is_there_of_the_sample_stays_as_it_is(sampled: Installation) -> None:
    async with sampled.client() as client:
        address = "/pipes/customer-interview/cards"
        before = await all_pages(client, address)
        await adds_the_sample(sampled)
        assert await all_pages(client, address) == before


async def holds_what_people_would_write(database: Database) -> None:
    """Each mail of an automation came, has its words filled in, and is told nobody twice."""
    async with database.reading() as connection:
        assert not await deliveries.listed(connection, Wanted(state="failed"), limit=1)
        sent = await deliveries.listed(connection, Wanted(kind="email"), limit=1000)
        kept = await mails.list_mails(connection, limit=1000)
    told = Counter((each.target, each.about) for each in sent)
    assert [each for each, times in told.items() if times > 1] == []
    assert "paula@elevadoressul.example" in {each.target for each in sent}
    assert [each.mail.subject for each in kept if not is_filled_in(each.mail)] == []


def is_filled_in(mail: Mail) -> bool:
    """Whether nothing of a template is left in it."""
    return bool(mail.subject.strip()) and not any(
        mark in f"{mail.subject}\n{mail.text}" for mark in ("{{", "}}", "{%", "None", "null")
    )


@asynccontextmanager
async def database_of(house: Installation) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{house.data / 'phaseline.db'}")
    try:
        yield database
    finally:
        await database.close()
