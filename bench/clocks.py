"""Clocks: many that run out at one instant, single ones in ordinary times, what idle cards cost.

When something is recorded is seen in the database itself, by a reader that looks all the time.
"""

import asyncio
import json
import os
import sqlite3
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.figures import Row, at_most, beside, middle, slow_end
from bench.floor import Floor, running_floor
from bench.house import a_pipe, create, publish
from engine.packing import unpacked
from tests.eventually import eventually
from tests.servers.installation import Installation, installation

AT_ONCE = 2_000
# In ordinary times so many clocks run out each second; and so many that are made in a hurry.
ORDINARY, EACH_SECOND, HURRIED = 150, 10, 60
# A new card is created, and its clock starts.
_EVENTS = 2
_LOOKS_EVERY = 0.005
_STEPS = [{"at": "0m", "do": [{"label": "late"}]}]
_TICKS = os.sysconf("SC_CLK_TCK")


async def measure() -> list[Row]:
    """Every figure about clocks."""
    with tempfile.TemporaryDirectory() as floor_folder, tempfile.TemporaryDirectory() as folder:
        async with (
            running_floor(Path(floor_folder)) as floor,
            installation(Path(folder)) as house,
            house.client() as client,
        ):
            ordinary, rate = await _ordinary(house, client)
            crowd = await _at_one_instant(house, client, rate, floor)
            return [*ordinary, *crowd]


def _pipe(name: str, target: str, calendar: dict[str, Any] | None = None) -> dict[str, Any]:
    """The first phase's clock escalates when it runs out."""
    sla: dict[str, Any] = {"target": target, "escalate": _STEPS}
    if calendar is not None:
        sla["calendar"] = "doors"
    pipe = a_pipe(name, calendars={} if calendar is None else {"doors": calendar})
    pipe["phases"][0]["sla"] = sla
    return pipe


# --- ordinary times -------------------------------------------------------------------------------


async def _ordinary(house: Installation, client: httpx.AsyncClient) -> tuple[list[Row], float]:
    """Clocks of cards that are made evenly, then in a hurry; how many a second the hurry makes."""
    late, _ = await _run_out(house, client, "ordinary", ORDINARY, _create_evenly)
    crammed, rate = await _run_out(house, client, "hurried", HURRIED, create)
    return [
        beside("a clock in ordinary times, due to recorded, p50", middle(late) * 1000, "ms"),
        at_most("  p99", slow_end(late) * 1000, 250, "ms", f"{EACH_SECOND} clocks a second"),
        beside(f"  {rate:.0f} clocks a second, p50", middle(crammed) * 1000, "ms"),
    ], rate


async def _run_out(
    house: Installation,
    client: httpx.AsyncClient,
    pipe: str,
    count: int,
    make: Callable[[httpx.AsyncClient, str, int], Awaitable[object]],
) -> tuple[list[float], float]:
    """How many seconds late escalations are; and how many cards were made a second."""
    await publish(client, _pipe(pipe, "5s"))
    began = time.perf_counter()
    async with _watching(house, "sla.escalated") as seen:
        await make(client, pipe, count)
        rate = count / (time.perf_counter() - began)
        await eventually(lambda: len(seen) >= count, within_seconds=60)
    return [at - due for ((at, due), *_) in seen.values()], rate


async def _create_evenly(client: httpx.AsyncClient, pipe: str, count: int) -> None:
    """Makes cards, so many each second however long each takes."""

    async def creates(number: int) -> None:
        await asyncio.sleep(number / EACH_SECOND)
        await create(client, pipe, 1)

    await asyncio.gather(*map(creates, range(count)))


# --- one instant ----------------------------------------------------------------------------------


async def _at_one_instant(
    house: Installation, client: httpx.AsyncClient, rate: float, floor: Floor
) -> list[Row]:
    naive = middle([(await floor.crowded(8))[0] for _ in range(3)])
    opens = _a_whole_minute_in(AT_ONCE / rate * 1.5 + 20)
    await publish(client, _pipe("crowd", "1s", _doors_that_open(opens)))
    sizes = _sizes(house)
    half = AT_ONCE // 2
    resident = {ORDINARY + HURRIED: _resident(house)}
    created = await create(client, "crowd", half)
    resident[half] = _resident(house)
    created += await create(client, "crowd", AT_ONCE - half)
    idle = [*await _idle(house, sizes), *_memory(resident)]
    await publish(client, _pipe("people", "9d"))
    people = await create(client, "people", 4)
    usual = await _moves(client, people, seconds=5)
    due = opens.timestamp() + 1
    if time.time() > due:
        raise RuntimeError(f"Making {AT_ONCE:,} cards took too long: their clocks ran out before.")
    async with _watching(house, "sla.escalated") as seen:
        await asyncio.sleep(max(0.0, due - time.time()))
        meanwhile = asyncio.create_task(_moves(client, people, seconds=20))
        shown = [await _lists_late(client) for _ in range(20)]
        await eventually(lambda: len(seen) >= AT_ONCE, within_seconds=600)
        took = time.time() - due
        moved = await meanwhile
    _once_each(seen, created)
    at_once = f"{AT_ONCE:,} at one instant"
    return [
        *idle,
        at_most(f"{at_once}: a list that shows them late, p50", middle(shown) * 1000, 500, "ms"),
        at_most("  p99", slow_end(shown) * 1000, 2000, "ms", "of 20 looks"),
        beside("  every escalation recorded, each exactly once, after", took, "s"),
        at_most(
            f"  against {AT_ONCE:,} / floor rate",
            took / (AT_ONCE / naive),
            1.2,
            "×",
            "one workflow task and one command each; both cores are full",
        ),
        at_most(
            "  people's moves meanwhile, p50 against usual",
            middle(moved.taken) / middle(usual.taken),
            2,
            "×",
        ),
        at_most("  people's moves answered 503", moved.put_off, 0, "answers"),
    ]


def _once_each(seen: dict[str, list[tuple[float, float]]], created: list[str]) -> None:
    """Holds the escalations to: one for each card.

    Raises:
        AssertionError: A card has none, or more than one.
    """
    twice = [card for card, times in seen.items() if len(times) > 1]
    never = [card for card in created if card not in seen]
    if twice or never:
        raise AssertionError(
            f"Of {len(created):,} clocks that ran out at one instant, {len(twice)} escalated more"
            f" than once and {len(never)} never: {', '.join([*twice, *never][:5])}."
        )


def _doors_that_open(at: datetime) -> dict[str, Any]:
    """A calendar in which nothing counts from today on but a day from this instant on."""
    another_day = (at + timedelta(days=4)).strftime("%a").lower()
    hours = f"{at:%H:%M}-{at - timedelta(minutes=1):%H:%M}"
    return {
        "timezone": "UTC",
        "hours": {another_day: ["00:00-24:00"]},
        "open": {at.date().isoformat(): [hours]},
    }


def _a_whole_minute_in(seconds: float) -> datetime:
    later = datetime.now(UTC) + timedelta(seconds=seconds + 60)
    return later.replace(second=0, microsecond=0)


async def _lists_late(client: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    answer = await client.get("/pipes/crowd/cards", params={"late": "true", "limit": 200})
    answer.raise_for_status()
    if len(answer.json()["items"]) < min(AT_ONCE, 200):
        raise AssertionError("A card that is late is not shown so.")
    return time.perf_counter() - began


@dataclass(slots=True)
class _Moved:
    """What people met with: the seconds until each move was done, and answers “not now”."""

    taken: list[float] = field(default_factory=list)
    put_off: int = 0


async def _moves(client: httpx.AsyncClient, cards: list[str], *, seconds: float) -> _Moved:
    """People move cards to and fro, ten moves a second; who is put off tries again at once."""
    found = _Moved()
    end, ways = time.perf_counter() + seconds, ("go", "return")
    number = 0
    while time.perf_counter() < end or number % (2 * len(cards)):
        body = {"transition": ways[(number // len(cards)) % 2]}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"/cards/{cards[number % len(cards)]}/moves"
        began = time.perf_counter()
        answer = await client.post(path, json=body, headers=key)
        while answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            found.put_off += 1
            answer = await client.post(path, json=body, headers=key)
        answer.raise_for_status()
        found.taken.append(time.perf_counter() - began)
        number += 1
        await asyncio.sleep(max(0.0, 0.1 - found.taken[-1]))
    return found


# --- idle cards -----------------------------------------------------------------------------------


async def _idle(house: Installation, before: tuple[int, int]) -> list[Row]:
    """What cards cost that only wait."""
    await asyncio.sleep(3)
    used, began = _processor_seconds(house), time.perf_counter()
    await asyncio.sleep(5)
    share = (_processor_seconds(house) - used) / (time.perf_counter() - began)
    engine, store = (now - then for now, then in zip(_sizes(house), before, strict=True))
    resident = _resident(house) / 1024
    return [
        at_most("an idle card in Temporal", engine / AT_ONCE / 1024, 22, "KB", "its indexes"),
        at_most(
            "an idle card in the database",
            store / AT_ONCE / 1024,
            1 + 0.2 * _EVENTS,
            "KB",
            f"1 KB and 200 B for each of its {_EVENTS} events; write-ahead log not counted",
        ),
        at_most(f"worker's processor time, {AT_ONCE:,} idle cards", share * 100, 1, "% of a core"),
        at_most(
            f"worker's memory with {AT_ONCE:,} cards",
            resident,
            500,
            "MB",
            "its cache of workflows is bounded",
        ),
    ]


def _memory(resident: dict[int, float]) -> list[Row]:
    """The worker's memory with fewer cards, in KiB by their number."""
    return [beside(f"  with {number:,}", kib / 1024, "MB") for number, kib in resident.items()]


def _resident(house: Installation) -> float:
    """The worker's resident memory in KiB."""
    status = Path(f"/proc/{house.pid('worker')}/status").read_text(encoding="ascii")
    return float(status.partition("VmRSS:")[2].split()[0])


def _processor_seconds(house: Installation) -> float:
    fields = Path(f"/proc/{house.pid('worker')}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) / _TICKS


def _sizes(house: Installation) -> tuple[int, int]:
    """The bytes of Temporal's database and of ours."""
    return _size(house.data / "temporal"), _size(house.data, "phaseline.db")


def _size(folder: Path, names: str = "*.db") -> int:
    return sum(path.stat().st_size for path in folder.glob(names))


# --- how ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _watching(
    house: Installation, kind: str
) -> AsyncIterator[dict[str, list[tuple[float, float]]]]:
    """For each card that has such events: when each was seen, and when it was due."""
    seen: dict[str, list[tuple[float, float]]] = {}
    address = f"file:{house.data / 'phaseline.db'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        (known,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM events").fetchone()

        async def looks() -> None:
            last = known
            while True:
                rows = connection.execute(
                    "SELECT rowid, type, card, body FROM events WHERE rowid > ? ORDER BY rowid",
                    (last,),
                ).fetchall()
                for number, found, card, body in rows:
                    last = number
                    if found == kind:
                        seen.setdefault(card, []).append((time.time(), _due(body)))
                await asyncio.sleep(_LOOKS_EVERY)

        looking = asyncio.create_task(looks())
        try:
            yield seen
        finally:
            looking.cancel()


def _due(body: bytes) -> float:
    return datetime.fromisoformat(json.loads(unpacked(body))["due"]).timestamp()
