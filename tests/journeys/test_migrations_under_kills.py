"""Workers and servers die in the middle of a migration; every card has gone over exactly once."""

import asyncio
from copy import deepcopy

import httpx

from tests.engine.replaying import replay
from tests.journeys.test_kills import ROUNDS, temporal_of
from tests.servers.installation import Installation, Part, all_pages

RUNNERS = 80
PARTS: tuple[Part, ...] = ("worker", "temporal")


async def test_a_migration_goes_on_after_kills(house: Installation) -> None:
    document = deepcopy(ROUNDS) | {"id": "relay", "name": "Relay"}
    document["card"] = {**document["card"], "key": "REL"}
    async with house.client() as client:
        published = await client.post("/pipes", json=document)
        assert published.status_code == 201, published.text
        cards = await asyncio.gather(*(create(client, number) for number in range(RUNNERS)))
        document["phases"][0] |= {"id": "west", "sla": {"target": "5d"}}
        document["start"]["phase"] = "west"
        document["transitions"][0]["from"] = "west"
        document["transitions"][1]["to"] = "west"
        again = await client.post("/pipes", json=document)
        assert again.status_code == 201, again.text
        body = {
            "to_version": 2,
            "phases": {"left": "west"},
            "clocks": {"*": "recomputed"},
            "dry_run": False,
        }
        begun = await client.post("/pipes/relay/migrations", json=body)
        assert begun.status_code == 202, begun.text
        address = f"/pipes/relay/migrations/{begun.json()['id']}"

        seen = [0]
        for part in PARTS:
            await until_more(client, address, seen[-1])
            house.kill(part)
            await house.until_ready()
            seen.append(await migrated(client, address))
        await until_more(client, address, RUNNERS - 1)

        assert seen[1] < RUNNERS, "the first kill came too late to be in the middle"
        for card in cards:
            shown = (await client.get(f"/cards/{card}")).json()
            assert (shown["pipe_version"], shown["phase"]) == (2, "west")
            events = await all_pages(client, f"/cards/{card}/events")
            assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
            kinds = [event["type"] for event in events]
            assert kinds.count("card.migrated") == kinds.count("clock.recomputed") == 1
        temporal = await temporal_of(house)
        for card in cards[:3]:
            assert await replay(temporal, (await client.get(f"/cards/{card}")).json()["id"])


async def create(client: httpx.AsyncClient, number: int) -> str:
    answer = await client.post("/pipes/relay/cards", json={"fields": {"who": f"Runner {number}"}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def migrated(client: httpx.AsyncClient, address: str) -> int:
    """How many cards have gone over, however long it takes to be told."""
    while True:
        try:
            answer = await client.get(address, params={"limit": 1})
        except httpx.HTTPError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code == 200:
            return int(answer.json()["progress"]["migrated"])
        await asyncio.sleep(0.05)


async def until_more(client: httpx.AsyncClient, address: str, than: int) -> None:
    async with asyncio.timeout(60):
        while await migrated(client, address) <= than < RUNNERS:  # noqa: ASYNC110 -- it is far away
            await asyncio.sleep(0.02)
