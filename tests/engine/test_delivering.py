"""Webhooks arrive: signed, in order for each card, whoever is away or dies in between."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import delete
from standardwebhooks import Webhook
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from engine.core.card import Card
from engine.core.commands import AddComment, MoveCard
from engine.gateway import utc_now
from engine.runtime.converting import data_converter
from engine.runtime.sealing import load_sealer
from engine.store import deliveries, endpoints, secrets
from engine.store.deliveries import Delivery, Wanted
from engine.store.endpoints import Endpoint
from engine.store.tables import effects
from engine.workflows.deliveries import lane_workflow_id
from engine.workflows.messages import Lane
from pipes.identifiers import PipeId, TransitionId
from tests.engine.running import Died, Engine, a_command, an_engine, eventually_so
from tests.servers.receiver import Received, Receiver, Reply, a_receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEXT = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


async def an_endpoint(
    engine: Engine,
    receiver: Receiver,
    *,
    id: str = "hook",
    pipe: str | None = None,
    types: tuple[str, ...] = (),
) -> None:
    endpoint = Endpoint(
        id=id,
        origin="admin",
        url=receiver.url,
        description="",
        pipe=None if pipe is None else PipeId(pipe),
        types=types,
        created_by="ana",
        created_at=utc_now(),
    )
    async with engine.database.writing() as connection:
        await endpoints.add(connection, endpoint)
    await keep_secret(engine, id, SECRET)


async def keep_secret(engine: Engine, endpoint: str, secret: str) -> None:
    sealed = load_sealer(engine.settings).seal(secret)
    async with engine.database.writing() as connection:
        await secrets.keep(
            connection,
            secrets.NO_PIPE,
            endpoint,
            sealed,
            by="ana",
            at=utc_now(),
            overlap=timedelta(days=1),
        )


async def all_of(engine: Engine) -> tuple[Delivery, ...]:
    """Every delivery, the oldest first."""
    async with engine.database.reading() as connection:
        return await deliveries.listed(connection, Wanted(), limit=1_000)


async def pass_on(engine: Engine) -> None:
    while await engine.relay.pass_on():
        pass


async def until(engine: Engine, condition: Callable[[tuple[Delivery, ...]], bool]) -> None:
    async def holds() -> bool:
        return condition(await all_of(engine))

    await eventually_so(holds)


def is_over(found: tuple[Delivery, ...]) -> bool:
    return all(each.state != "waiting" for each in found)


def told(receiver: Receiver) -> list[dict[str, Any]]:
    """What was received, as the specification's library reads it."""
    return [Webhook(SECRET).verify(each.body, dict(each.headers)) for each in receiver.received]


async def test_an_endpoint_is_told_of_each_event_in_order_and_signed(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver)
        card = await engine.create()
        await engine.does(card, AddComment(text="Two litres"))
        await engine.does(card, MoveCard(transition=TransitionId("start")))

        await pass_on(engine)
        await until(engine, is_over)

    history = await engine.history(card)
    heard = told(receiver)
    assert [each["type"] for each in heard] == [event.body.kind for event in history]
    assert [each["data"]["event"]["sequence"] for each in heard] == list(range(1, len(history) + 1))
    assert heard[0]["data"]["card"]["title"] == "Buy milk"
    assert [each["data"]["card"]["version"] for each in heard] == list(range(1, len(history) + 1))
    ids = [each.headers["webhook-id"] for each in receiver.received]
    assert len(set(ids)) == len(ids)


async def test_an_endpoint_hears_only_of_what_it_asked_for(engine: Engine):
    async with a_receiver() as receiver, a_receiver() as other:
        await an_endpoint(engine, receiver, pipe="errands", types=("card.moved", "comment.added"))
        await an_endpoint(engine, other, id="other", pipe="another-pipe")
        card = await engine.create()
        await engine.does(card, AddComment(text="Two litres"))
        await engine.does(card, MoveCard(transition=TransitionId("start")))

        await pass_on(engine)
        await until(engine, is_over)

    assert [each["type"] for each in told(receiver)] == ["comment.added", "card.moved"]
    assert other.received == []


async def test_an_endpoint_is_told_of_what_people_are_told_too(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        await engine.does(card, AddComment(text="@bo, have a look"))

        await pass_on(engine)
        await until(engine, is_over)

    assert [each["type"] for each in told(receiver)] == ["comment.added"]


async def test_a_death_after_the_card_has_answered_loses_no_message(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        with pytest.raises(Died):
            await engine.dying_gateway().send(card.identity.id, a_command(AddComment(text="Now")))
        assert await all_of(engine) == ()

        assert await engine.sweeper.sweep(older_than=timedelta(0)) == 1
        await pass_on(engine)
        await until(engine, is_over)

    assert len(receiver.received) == 1


async def test_what_waits_is_sent_although_temporal_has_lost_its_workflow(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        await pass_on(engine)
        await engine.does(card, AddComment(text="Now"))
        async with engine.database.writing() as connection:
            await connection.execute(delete(effects))  # As if somebody had taken it over.

        assert await engine.deliveries.take_up() == 1
        await until(engine, is_over)
        assert await engine.deliveries.take_up() == 0

    assert len(receiver.received) == 1


async def test_what_was_sent_before_a_death_is_sent_again_under_the_same_id(engine: Engine):
    """The first attempt arrives, but nobody hears of it: the connection dies with its answer."""

    def dies_the_first_time(_: Received) -> Reply:
        if len(receiver.received) == 1:
            raise ConnectionResetError
        return Reply()

    async with a_receiver(dies_the_first_time) as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        await engine.does(card, AddComment(text="Now"))
        await pass_on(engine)
        await until(engine, lambda found: found[0].attempts == 1)

        await engine.deliveries.hurry("hook")
        await until(engine, is_over)

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


async def test_a_stopped_endpoint_gets_everything_in_order_when_it_is_resumed(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        await engine.deliveries.stop("hook", at=utc_now(), because="Stopped by Ana.")
        card = await engine.create()
        for text in ("one", "two", "three"):
            await engine.does(card, AddComment(text=text))
        await pass_on(engine)
        await until_lanes_have_ended(engine, "hook", card)
        assert receiver.received == []

        await engine.deliveries.resume("hook")
        await until(engine, is_over)

    assert [each["data"]["event"]["body"]["text"] for each in told(receiver)] == [
        "one",
        "two",
        "three",
    ]


async def until_lanes_have_ended(engine: Engine, endpoint: str, card: Card) -> None:
    lane = Lane(endpoint=endpoint, card=card.identity.id)
    await engine.client.get_workflow_handle(lane_workflow_id(lane)).result()


async def test_a_delivery_can_be_replayed_under_its_id(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        await engine.does(card, AddComment(text="Now"))
        await pass_on(engine)
        await until(engine, is_over)
        (delivery,) = await all_of(engine)

        assert await engine.deliveries.replay(delivery)
        await until(engine, lambda found: found[0].attempts == 2)

    assert {each.headers["webhook-id"] for each in receiver.received} == {delivery.id}


async def test_both_secrets_sign_while_one_replaces_the_other(engine: Engine):
    async with a_receiver() as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        await keep_secret(engine, "hook", NEXT)
        card = await engine.create()
        await engine.does(card, AddComment(text="Now"))
        await pass_on(engine)
        await until(engine, is_over)

    (received,) = receiver.received
    for secret in (SECRET, NEXT):
        Webhook(secret).verify(received.body, dict(received.headers))


async def test_a_receiver_that_wants_nothing_more_is_left_alone(engine: Engine):
    async with a_receiver(lambda _: Reply(status=410)) as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        for text in ("one", "two"):
            await engine.does(card, AddComment(text=text))
        await pass_on(engine)
        await until_lanes_have_ended(engine, "hook", card)

    async with engine.database.reading() as connection:
        endpoint = await endpoints.read(connection, "hook")
    assert endpoint is not None
    assert "410" in (endpoint.stopped_because or "")
    assert len(receiver.received) == 1
    assert [each.state for each in await all_of(engine)] == ["waiting", "waiting"]


def attempts_counted() -> dict[str, float]:
    """Attempts of webhooks as Prometheus sees them, by what came next."""
    name = "phaseline_delivery_attempts_total"
    return {
        outcome: REGISTRY.get_sample_value(name, {"kind": "webhook", "outcome": outcome}) or 0
        for outcome in ("sent", "again")
    }


async def test_every_attempt_can_be_looked_at(engine: Engine):
    answers = iter([Reply(status=500, body=b"no\x1b[31m room\r\n"), Reply(status=201)])
    counted = attempts_counted()
    async with a_receiver(lambda _: next(answers)) as receiver:
        await an_endpoint(engine, receiver, types=("comment.added",))
        card = await engine.create()
        await engine.does(card, AddComment(text="Now"))
        await pass_on(engine)
        await until(engine, lambda found: found[0].attempts == 1)
        (delivery,) = await all_of(engine)
        assert delivery.next_at is not None
        assert delivery.next_at - utc_now() < timedelta(seconds=5)
        await engine.deliveries.hurry("hook")
        await until(engine, is_over)

    async with engine.database.reading() as connection:
        first, second = await deliveries.attempts_of(connection, delivery.id)
    assert (first.number, first.status, first.failure) == (1, 500, "It answered 500.")
    assert first.answer == "no�[31m room�\n"
    assert (second.number, second.status, second.failure) == (2, 201, None)
    assert attempts_counted() == {name: number + 1 for name, number in counted.items()}


# --- a receiver that is away for long -------------------------------------------------------------


@asynccontextmanager
async def turning(
    time_skipping: WorkflowEnvironment, folder: Path
) -> AsyncIterator[tuple[Engine, WorkflowEnvironment]]:
    """An engine whose worker runs, on a clock that tests turn."""
    config = time_skipping.client.config()
    config["data_converter"] = data_converter
    async with an_engine(Client(**config), folder) as engine, engine.worker():
        yield engine, time_skipping


async def turn(clock: WorkflowEnvironment, length: timedelta) -> None:
    """Turns the clock, also on a machine that is too busy to do it in one go."""
    until = await clock.get_current_time() + length
    while (now := await clock.get_current_time()) < until:
        with suppress(RPCError):
            await clock.sleep(until - now)


def in_order(receiver: Receiver) -> dict[str, list[int]]:
    """The numbers of the events that arrived, by card, each once and in the order of arrival."""
    arrived: dict[str, list[int]] = {}
    for each in told(receiver):
        number = each["data"]["event"]["sequence"]
        numbers = arrived.setdefault(each["data"]["card"]["id"], [])
        if number not in numbers:
            numbers.append(number)
    return arrived


async def test_a_receiver_that_was_away_for_two_days_gets_everything_in_order(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with (
        turning(time_skipping, tmp_path) as (engine, clock),
        a_receiver(lambda _: Reply(status=503)) as receiver,
    ):
        await an_endpoint(engine, receiver, types=("comment.added",))
        cards = [await engine.create(f"Errand {number}") for number in range(3)]
        for text in ("one", "two", "three", "four"):
            for card in cards:
                await engine.does(card, AddComment(text=text))
            await pass_on(engine)
            await turn(clock, timedelta(hours=12))
        tried = len(receiver.received)
        assert is_over(await all_of(engine)) is False
        receiver.received.clear()
        receiver.answering = lambda _: Reply()

        while not is_over(await all_of(engine)):
            await turn(clock, timedelta(hours=1))

        written = {
            card.identity.id: [
                event.sequence
                for event in await engine.history(card)
                if event.body.kind == "comment.added"
            ]
            for card in cards
        }
    assert in_order(receiver) == written
    # Only the first of each card was tried, ever less often.
    assert tried == 3 * 8
