"""Processes die while webhooks are on their way: nothing is lost, and repeats have the same id."""

import asyncio
import uuid
from functools import partial

import httpx
from standardwebhooks import Webhook

from tests.engine.running import eventually_so
from tests.eventually import eventually
from tests.journeys.test_kills import ROUNDS, create
from tests.servers.installation import Installation, Part, all_pages
from tests.servers.receiver import Receiver, Reply, a_receiver

# Longer than a worker may be silent, and shorter than a receiver is waited for.
SLOW = Reply(after_seconds=12)
PARTS: tuple[Part, ...] = ("worker", "temporal", "api")


async def test_kills_lose_no_webhook_and_double_none_but_under_its_id(house: Installation) -> None:
    async with a_receiver() as receiver, house.client() as client:
        published = await client.post("/pipes", json=ROUNDS)
        assert published.is_success, published.text
        wish = {"url": receiver.url, "types": ["comment.added"]}
        secret = (await client.post("/webhooks", json=wish)).json()["secret"]
        cards = [await create(client, f"Runner {number}") for number in range(3)]
        stopping = asyncio.Event()
        talking = [asyncio.create_task(talk(client, card, stopping)) for card in cards]
        for part in PARTS:
            await asyncio.sleep(0.5)
            house.kill(part)
            await house.until_ready()
        stopping.set()
        await asyncio.gather(*talking)

        for card in cards:
            written = [
                event["sequence"]
                for event in await all_pages(client, f"/cards/{card}/events")
                if event["type"] == "comment.added"
            ]
            assert written
            await eventually(partial(has_heard, receiver, secret, card, written), within_seconds=60)


async def test_what_a_dead_worker_was_sending_goes_on_within_seconds_and_the_slow_are_waited_for(
    house: Installation,
) -> None:
    async with a_receiver(lambda _: None) as receiver, house.client() as client:
        published = await client.post("/pipes", json=ROUNDS)
        assert published.is_success, published.text
        wish = {"url": receiver.url, "types": ["card.created"]}
        hook = (await client.post("/webhooks", json=wish)).json()["id"]
        await create(client, "Runner")
        await eventually(lambda: len(receiver.received) == 1, within_seconds=30)

        receiver.answering = lambda _: SLOW
        house.kill("worker")
        # Without a sign of life from the first one, it would be a minute.
        await eventually(lambda: len(receiver.received) == 2, within_seconds=40)

        async def has_arrived() -> bool:
            (delivery,) = await all_pages(client, f"/webhooks/{hook}/deliveries")
            return bool(delivery["state"] == "sent")

        await eventually_so(has_arrived, within=60)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def talk(client: httpx.AsyncClient, card: str, stopping: asyncio.Event) -> None:
    """Comments until it is to stop; what nobody answered is sent again under the same key."""
    while not stopping.is_set():
        key, status = str(uuid.uuid4()), 0
        while status != 200:
            try:
                answer = await client.post(
                    f"/cards/{card}/comments",
                    json={"text": "On my way."},
                    headers={"Idempotency-Key": key},
                )
                status = answer.status_code
            except httpx.HTTPError:
                status = 0
            await asyncio.sleep(0.05)


def has_heard(receiver: Receiver, secret: str, card: str, written: list[int]) -> bool:
    """Whether everything that was written has arrived, in its order."""
    return in_order(receiver, secret, card) == written


def in_order(receiver: Receiver, secret: str, card: str) -> list[int]:
    """The numbers of a card's events as they first arrived; each has an id of its own."""
    ids: dict[int, str] = {}
    for each in receiver.received:
        told = Webhook(secret).verify(each.body, dict(each.headers))["data"]
        if card in (told["card"]["id"], told["card"]["key"]):
            number = told["event"]["sequence"]
            assert ids.setdefault(number, each.headers["webhook-id"]) == each.headers["webhook-id"]
    assert len(set(ids.values())) == len(ids)
    return list(ids)
