"""One round: the load goes on, the plan is carried out, then everything is judged."""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from chaos.disk import Disk
from chaos.house import House, a_house
from chaos.judging import Story, Verdict, judge, untold
from chaos.load import PIPES, Ledger, Load, going_on
from chaos.plan import Blow, Part, make_plan
from tests.servers.installation import all_pages
from tests.servers.postgres import Cluster
from tests.servers.receiver import Receiver, a_receiver

_AT_REST_WITHIN = 900.0
_LOOKS_EVERY = 1.0
_PUBLISHED_WITHIN = 60.0
_PARTS: tuple[Part, ...] = ("api", "worker-1", "worker-2", "temporal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a round."""

    seed: int
    seconds: float
    kills: int

    def plan(self, *, with_database: bool, with_disk: bool) -> tuple[Blow, ...]:
        """What is done when."""
        parts: tuple[Part, ...] = (*_PARTS, "database") if with_database else _PARTS
        return make_plan(
            self.seed, seconds=self.seconds, kills=self.kills, parts=parts, with_disk=with_disk
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A blow as it fell: `fell_at` seconds after the load began, on those who were there."""

    blow: Blow
    fell_at: float
    hit: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was done, counted and found."""

    began: datetime
    struck: tuple[Struck, ...]
    ledger: Ledger
    ended_by_themselves: dict[Part, int]
    counts: dict[str, int]
    rest_after: float
    verdicts: tuple[Verdict, ...]

    @property
    def kills(self) -> int:
        """How many processes were ended by SIGKILL."""
        return sum(len(each.hit) for each in self.struck if each.blow.kind == "kill")

    @property
    def is_kept(self) -> bool:
        """Whether every promise was kept."""
        return all(verdict.is_kept for verdict in self.verdicts)


async def run_round(
    order: Order, folder: Path, cluster: Cluster | None, disk: Disk | None
) -> Round:
    """Runs an installation in the folder, and ends it.

    Raises:
        TimeoutError: It does not start, or never comes to rest.
    """
    plan = order.plan(with_database=cluster is not None, with_disk=disk is not None)
    began = datetime.now(UTC)
    async with (
        a_receiver() as receiver,
        a_house(folder, cluster) as house,
        house.client() as client,
    ):
        load = Load(client=client, seed=order.seed)
        async with asyncio.timeout(_PUBLISHED_WITHIN):
            await load.publish(receiver)
        async with going_on(load):
            struck = await _carry_out(plan, house, disk, until=order.seconds)
        ended = time.monotonic()
        await house.until_ready()
        stories = await _at_rest(client, receiver)
        rest_after = time.monotonic() - ended
        differences = _told_by(await asyncio.to_thread(house.command, "reconcile", "--json"))
        return Round(
            began=began,
            struck=struck,
            ledger=load.ledger,
            ended_by_themselves={
                part: process.ended_by_itself for part, process in house.processes.items()
            },
            counts=_counts(load.ledger, stories, receiver),
            rest_after=rest_after,
            verdicts=judge(load.ledger, stories, receiver.received, differences),
        )


# --- blows ----------------------------------------------------------------------------------------


async def _carry_out(
    plan: Sequence[Blow], house: House, disk: Disk | None, *, until: float
) -> tuple[Struck, ...]:
    began = time.monotonic()
    struck: list[Struck] = []
    async with asyncio.TaskGroup() as lasting:
        for blow in plan:
            await asyncio.sleep(max(0.0, began + blow.at - time.monotonic()))
            fell_at = time.monotonic() - began
            hit = blow.parts
            if blow.kind == "kill":
                hit = await house.kill(blow)
            else:
                lasting.create_task(_last(blow, house, disk))
            struck.append(Struck(blow=blow, fell_at=fell_at, hit=hit))
        await asyncio.sleep(max(0.0, began + until - time.monotonic()))
    return tuple(struck)


async def _last(blow: Blow, house: House, disk: Disk | None) -> None:
    """What lasts a while, to its end."""
    match blow.kind:
        case "pause":
            await house.processes[blow.parts[0]].pause(blow.seconds)
        case "skew":
            house.set_clock(blow.parts[0], ahead=blow.ahead)
            await asyncio.sleep(blow.seconds)
            house.set_clock(blow.parts[0], ahead=0)
        case "fill" if disk is not None:
            disk.fill()
            await asyncio.sleep(blow.seconds)
            disk.free()
        case _:
            raise AssertionError(blow)


# --- afterwards -----------------------------------------------------------------------------------


async def _at_rest(client: httpx.AsyncClient, receiver: Receiver) -> list[Story]:
    """Every card, once nothing is left to happen by itself or to be told; or as they are then."""
    give_up = time.monotonic() + _AT_REST_WITHIN
    rested: dict[str, Story] = {}
    while True:
        stories = await _stories(client, rested)
        rested = {story.key: story for story in stories if story.is_at_rest()}
        if len(rested) == len(stories) and not untold(stories, receiver.received):
            # What was at rest may have moved since: a command whose sender had given up.
            stories, rested = await _stories(client, {}), {}
            if not untold(stories, receiver.received):
                return stories
        if time.monotonic() > give_up:
            return stories
        await asyncio.sleep(_LOOKS_EVERY)


async def _stories(client: httpx.AsyncClient, known: dict[str, Story]) -> list[Story]:
    """Every card's; those that are known are not asked for again."""
    found = []
    for pipe in PIPES:
        for card in await all_pages(client, f"/pipes/{pipe['id']}/cards"):
            story = known.get(card["key"])
            if story is None:
                events = await all_pages(client, f"/cards/{card['key']}/events")
                answer = await client.get(f"/cards/{card['key']}")
                story = Story(card=answer.raise_for_status().json(), events=events)
            found.append(story)
    return found


def _told_by(compared: subprocess.CompletedProcess[str]) -> str:
    """What `phaseline reconcile` has found; that it could not look is found as well."""
    if not compared.returncode:
        return compared.stdout
    end = f"It ended with exit code {compared.returncode}."
    return f"{compared.stdout}\n{compared.stderr}\n{end}"


def _counts(ledger: Ledger, stories: Sequence[Story], receiver: Receiver) -> dict[str, int]:
    told = {each.headers["webhook-id"] for each in receiver.received}
    return {
        "cards": len(stories),
        "events": sum(len(story.events) for story in stories),
        "acknowledged commands": ledger.acknowledged,
        "deliveries received": len(receiver.received),
        "of them repeats": len(receiver.received) - len(told),
    }
