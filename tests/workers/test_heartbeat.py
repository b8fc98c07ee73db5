"""An activity that waits for the outside is heard of; only a worker that stops interrupts it."""

import asyncio
from dataclasses import dataclass, field

import pytest
from temporalio import activity
from temporalio.activity import ActivityCancellationDetails
from temporalio.testing import ActivityEnvironment

from workers.heartbeat import heard_of

WANTED_SOONER = ActivityCancellationDetails(cancel_requested=True)
STOPPING = ActivityCancellationDetails(worker_shutdown=True)


@dataclass(slots=True)
class Errand:
    """Waits outside until the test lets it come home."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: bool = False

    @activity.defn(name="run")
    async def run(self) -> str:
        return await heard_of(self._wait())

    async def _wait(self) -> str:
        self.begun.set()
        try:
            await self.answered.wait()
        except asyncio.CancelledError:
            self.given_up = True
            raise
        return "home"


@dataclass(slots=True)
class House:
    """Where the errand is an activity."""

    errand: Errand = field(default_factory=Errand)
    environment: ActivityEnvironment = field(default_factory=ActivityEnvironment)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def sends(self) -> asyncio.Task[str]:
        self.environment.on_heartbeat = lambda *_: self.heard.set()
        sent = asyncio.ensure_future(self.environment.run(self.errand.run))
        await self.errand.begun.wait()
        return sent


async def test_it_is_heard_of_all_the_while():
    house = House()
    sent = await house.sends()
    for _ in range(2):
        house.heard.clear()
        await house.heard.wait()
    house.errand.answered.set()
    assert await sent == "home"


async def test_what_is_wanted_sooner_comes_to_its_end():
    house = House()
    sent = await house.sends()
    house.environment.cancel(WANTED_SOONER)
    house.heard.clear()
    await house.heard.wait()  # It goes on after it was cancelled.
    house.errand.answered.set()
    assert (await sent, house.errand.given_up) == ("home", False)


async def test_a_worker_that_stops_waits_for_nobody_outside():
    house = House()
    sent = await house.sends()
    house.environment.cancel(STOPPING)
    with pytest.raises(asyncio.CancelledError):
        await sent
    await asyncio.sleep(0)  # What was cancelled hears of it in the loop's next turn.
    assert house.errand.given_up
