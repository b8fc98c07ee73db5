"""What is made of attempts: when the next one comes, when a message is given up, what stops."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast, override

import pytest
from temporalio.testing import ActivityEnvironment

from engine.core.webhooks import DEAD_AFTER, PAUSES
from engine.gateway import Gateway
from engine.gateway.delivering import Deliveries
from engine.store import deliveries, endpoints
from engine.store.database import Database
from engine.store.deliveries import Delivery
from engine.store.endpoints import Endpoint
from engine.workflows.messages import DeliveryEnd
from pipes.identifiers import Instant
from workers.deliveries.outcomes import Arrived, Failed, Outcome, Sender
from workers.deliveries.sending import NotYet, SendingDeliverer

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
AWAY = Failed(why="It answered 503.", status=503)


@dataclass
class Scripted(Sender):
    """Comes to whatever the test says next, for the last time over and over."""

    outcomes: list[Outcome] = field(default_factory=list)

    @override
    async def send(self, delivery: Delivery, at: Instant) -> Outcome:
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


@dataclass
class Desk:
    """A deliverer whose clock the test turns."""

    database: Database
    sender: Scripted = field(default_factory=Scripted)
    now: Instant = MONDAY

    def __post_init__(self) -> None:
        cards, workflows = cast("Gateway", None), cast("Deliveries", None)
        self.deliverer = SendingDeliverer(
            self.database, cards, workflows, {"webhook": self.sender}, lambda: self.now
        )

    async def tries(self, *outcomes: Outcome, delivery: str = "msg_1") -> DeliveryEnd | timedelta:
        """The end, or the pause before the next attempt."""
        self.sender.outcomes = list(outcomes)
        try:
            return await ActivityEnvironment().run(self.deliverer.send, delivery)
        except NotYet as not_yet:
            return not_yet.pause

    async def goes_on_with(self, outcome: Outcome, delivery: str = "msg_1") -> list[timedelta]:
        """Tries until it has ended; the pauses in between."""
        pauses = []
        while isinstance(pause := await self.tries(outcome, delivery=delivery), timedelta):
            pauses.append(pause)
            self.now += pause
        return pauses

    async def state(self, delivery: str = "msg_1") -> str:
        async with self.database.reading() as connection:
            found = await deliveries.read(connection, delivery)
        assert found is not None
        return found.state

    async def endpoint(self) -> Endpoint:
        async with self.database.reading() as connection:
            found = await endpoints.read(connection, "hook")
        assert found is not None
        return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(f"sqlite:///{tmp_path / 'phaseline.db'}")
    await database.migrate()
    async with database.writing() as connection:
        await endpoints.add(
            connection,
            Endpoint(
                id="hook",
                origin="admin",
                url="https://example.com/hooks",
                description="",
                pipe=None,
                types=(),
                created_by="ana",
                created_at=MONDAY,
            ),
        )
        await deliveries.add(connection, [a_delivery("msg_1", 1), a_delivery("msg_2", 2)])
    yield Desk(database)
    await database.close()


def a_delivery(id: str, sequence: int) -> Delivery:
    return Delivery(
        id=id,
        kind="webhook",
        endpoint="hook",
        pipe="errands",
        card="c1",
        sequence=sequence,
        about="card.moved",
        target="",
        created_at=MONDAY,
    )


async def test_what_arrives_has_ended(desk: Desk):
    assert await desk.tries(Arrived(status=200)) == DeliveryEnd(state="sent")
    assert await desk.state() == "sent"
    assert await desk.tries(AWAY) == DeliveryEnd(state="sent")


async def test_the_pauses_are_those_of_the_specification_and_outlast_two_days(desk: Desk):
    pauses = await desk.goes_on_with(AWAY)

    assert tuple(pauses) == PAUSES
    assert sum(PAUSES[:-1], timedelta()) > timedelta(days=2)


async def test_an_endpoint_at_which_nothing_arrives_for_days_is_stopped_and_loses_nothing(
    desk: Desk,
):
    await desk.goes_on_with(AWAY)

    stopped = await desk.endpoint()
    assert stopped.stopped_at == desk.now
    assert desk.now - MONDAY > DEAD_AFTER
    assert "503" in (stopped.stopped_because or "")
    assert [await desk.state("msg_1"), await desk.state("msg_2")] == ["waiting", "waiting"]
    assert await desk.tries(Arrived(), delivery="msg_2") == DeliveryEnd(state="held")


async def test_a_message_that_alone_is_refused_is_given_up_and_the_next_one_goes_on(desk: Desk):
    while isinstance(pause := await desk.tries(AWAY), timedelta):
        desk.now += pause
        if pause == PAUSES[-1]:
            assert await desk.tries(Arrived(), delivery="msg_2") == DeliveryEnd(
                state="sent", revived="hook"
            )

    assert pause == DeliveryEnd(state="failed", reason="It answered 503.")
    assert (await desk.endpoint()).stopped_at is None
    assert [await desk.state("msg_1"), await desk.state("msg_2")] == ["failed", "sent"]


async def test_what_another_attempt_would_not_change_is_given_up_at_once(desk: Desk):
    end = await desk.tries(Failed(why="It answered 400.", status=400, is_final=True))

    assert end == DeliveryEnd(state="failed", reason="It answered 400.")
    assert (await desk.endpoint()).stopped_at is None


async def test_a_receiver_that_is_busy_is_left_alone_as_long_as_it_asks(desk: Desk):
    busy = Failed(why="It answered 429.", status=429, not_before=timedelta(minutes=20))

    assert await desk.tries(busy) == timedelta(minutes=20)
    assert await desk.tries(Failed(why="x", not_before=timedelta(seconds=1))) == PAUSES[1]


async def test_a_receiver_that_is_gone_is_stopped(desk: Desk):
    assert await desk.tries(Failed(why="It answered 410.", is_gone=True)) == DeliveryEnd(
        state="held"
    )
    assert (await desk.endpoint()).stopped_at == MONDAY


async def test_the_first_that_arrives_after_failures_revives_its_endpoint(desk: Desk):
    await desk.tries(AWAY)
    assert (await desk.endpoint()).failing_since == MONDAY

    assert await desk.tries(Arrived()) == DeliveryEnd(state="sent", revived="hook")
    assert (await desk.endpoint()).failing_since is None
    assert await desk.tries(Arrived(), delivery="msg_2") == DeliveryEnd(state="sent")


async def test_a_delivery_whose_endpoint_is_removed_ends(desk: Desk):
    async with desk.database.writing() as connection:
        await endpoints.remove(connection, "hook")

    assert (await desk.tries(Arrived())) == DeliveryEnd(
        state="failed", reason="It has been removed with its endpoint."
    )


async def test_ended_deliveries_are_forgotten_in_time_and_what_waits_is_not(desk: Desk):
    await desk.tries(Arrived())
    async with desk.database.writing() as connection:
        await deliveries.forget(connection, before=MONDAY + timedelta(seconds=1))

    async with desk.database.reading() as connection:
        assert await deliveries.read(connection, "msg_1") is None
        assert await deliveries.read(connection, "msg_2") is not None
