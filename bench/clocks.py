"""Clocks: many that run out at one instant, single ones in ordinary times, what idle cards cost.

When something is recorded is seen in the database itself, by a reader that looks all the time.
"""

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.figures import Figure, latencies
from bench.whole import Floor
from engine.gateway.cards import workflow_id
from tests.eventually import eventually
from tests.journeys.test_kills import temporal_of
from tests.servers.installation import Installation, installation

AT_ONCE, ORDINARY, AT_A_TIME = 2_000, 60, 16
_LOOKS_EVERY = 0.005
_STEPS = [{"at": "0m", "do": [{"label": "late"}]}]
_TICKS = os.sysconf("SC_CLK_TCK")


async def measure(floor: Floor) -> list[Figure]:
    """Every figure about clocks."""
    with tempfile.TemporaryDirectory() as folder:
        async with installation(Path(folder)) as house, house.client() as client:
            ordinary, rate = await _ordinary(house, client)
            crowd = await _at_one_instant(house, client, rate, floor)
            return [*ordinary, *crowd]


def a_pipe(name: str, target: str, calendar: dict[str, Any] | None = None) -> dict[str, Any]:
    """Two phases to move between; the first one's clock escalates when it runs out."""
    sla: dict[str, Any] = {"target": target, "escalate": _STEPS}
    if calendar is not None:
        sla["calendar"] = "doors"
    return {
        "id": name,
        "name": name.capitalize(),
        "card": {"noun": "card", "key": name[:3].upper(), "title": "what"},
        "calendars": {} if calendar is None else {"doors": calendar},
        "fields": {"what": {"type": "short_text", "label": "What"}},
        "start": {"phase": "left", "form": ["what"]},
        "phases": [
            {"id": "left", "name": "Left", "sla": sla},
            {"id": "right", "name": "Right"},
            {"id": "done", "name": "Done", "final": "done"},
        ],
        "transitions": [
            {"id": "go", "from": "left", "to": "right", "label": "Go"},
            {"id": "return", "from": "right", "to": "left", "label": "Return"},
            {"id": "end", "from": "right", "to": "done", "label": "End"},
        ],
    }


# --- ordinary times -------------------------------------------------------------------------------


async def _ordinary(house: Installation, client: httpx.AsyncClient) -> tuple[list[Figure], float]:
    """Clocks that run out one after the other; and how many cards a second can be made."""
    await _publish(client, a_pipe("ordinary", "5s"))
    began = time.perf_counter()
    async with _watching(house, "sla.escalated") as seen:
        await _create(client, "ordinary", ORDINARY)
        rate = ORDINARY / (time.perf_counter() - began)
        await eventually(lambda: len(seen) >= ORDINARY, within_seconds=60)
    late = [at - due for at, due in seen.values()]
    return latencies("a clock in ordinary times, due to recorded", late), rate


# --- one instant ----------------------------------------------------------------------------------


async def _at_one_instant(
    house: Installation, client: httpx.AsyncClient, rate: float, floor: Floor
) -> list[Figure]:
    opens = _a_whole_minute_in(AT_ONCE / rate * 1.5 + 30)
    await _publish(client, a_pipe("crowd", "1s", _doors_that_open(opens)))
    sizes = _sizes(house)
    await _create(client, "crowd", AT_ONCE)
    idle = await _idle(house, sizes)
    await _publish(client, a_pipe("people", "9d"))
    people = await _create(client, "people", 4)
    usual = await _moves(client, people, seconds=5)
    due = opens.timestamp() + 1
    async with _watching(house, "sla.escalated") as seen:
        await asyncio.sleep(max(0.0, due - time.time()))
        meanwhile = asyncio.create_task(_moves(client, people, seconds=20))
        shown = [await _lists_late(client) for _ in range(20)]
        await eventually(lambda: len(seen) >= AT_ONCE, within_seconds=600)
        took = time.time() - due
        moved = await meanwhile
    history = await _history_per_move(house, people[0], len([*usual, *moved]))
    median, under_load = sorted(usual)[len(usual) // 2], sorted(moved)[len(moved) // 2]
    bound = 1.2 * AT_ONCE / floor.rate
    return [
        *idle,
        *latencies(f"{AT_ONCE:,} at one instant: a list that shows them late", shown),
        Figure(what=f"{AT_ONCE:,} at one instant: all escalated", value=f"{took:.1f}", unit="s"),
        Figure(what="  against 1.2 × floor", value=f"{took / bound:.2f}", unit="×"),
        Figure(what="  people's moves meanwhile", value=f"{under_load / median:.2f}", unit="×"),
        history,
    ]


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


async def _moves(client: httpx.AsyncClient, cards: list[str], *, seconds: float) -> list[float]:
    """People move cards to and fro, ten moves a second."""
    taken: list[float] = []
    end, ways = time.perf_counter() + seconds, ("go", "return")
    number = 0
    while time.perf_counter() < end or number % (2 * len(cards)):
        way = ways[(number // len(cards)) % 2]
        began = time.perf_counter()
        path = f"/cards/{cards[number % len(cards)]}/moves"
        (await client.post(path, json={"transition": way})).raise_for_status()
        taken.append(time.perf_counter() - began)
        number += 1
        await asyncio.sleep(max(0.0, 0.1 - taken[-1]))
    return taken


async def _history_per_move(house: Installation, card: str, moves: int) -> Figure:
    client = await temporal_of(house)
    length = 0
    runs = client.list_workflows(f'WorkflowId = "{workflow_id(card)}"')
    async for history in runs.map_histories():
        length += len(history.events)
    each = length / max(1, moves // 4)
    return Figure(what="events of history for each move", value=f"{each:.1f}", unit="")


# --- idle cards -----------------------------------------------------------------------------------


async def _idle(house: Installation, before: tuple[int, int]) -> list[Figure]:
    """What cards cost that only wait."""
    await asyncio.sleep(3)
    used, began = _processor_seconds(house), time.perf_counter()
    await asyncio.sleep(5)
    share = (_processor_seconds(house) - used) / (time.perf_counter() - began)
    engine, store = (now - then for now, then in zip(_sizes(house), before, strict=True))
    return [
        Figure(what="an idle card in Temporal", value=f"{engine / AT_ONCE / 1024:.1f}", unit="KB"),
        Figure(
            what="an idle card in the database", value=f"{store / AT_ONCE / 1024:.1f}", unit="KB"
        ),
        Figure(
            what=f"the worker's processor time, {AT_ONCE:,} idle cards",
            value=f"{share * 100:.1f}",
            unit="% of a core",
        ),
    ]


def _processor_seconds(house: Installation) -> float:
    fields = Path(f"/proc/{house.pid('worker')}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) / _TICKS


def _sizes(house: Installation) -> tuple[int, int]:
    """The bytes of Temporal's database and of ours."""
    return _size(house.data / "temporal"), _size(house.data, "phaseline.db*")


def _size(folder: Path, names: str = "*.db*") -> int:
    return sum(path.stat().st_size for path in folder.glob(names))


# --- how ------------------------------------------------------------------------------------------


async def _publish(client: httpx.AsyncClient, pipe: dict[str, Any]) -> None:
    answer = await client.post("/pipes", json=pipe)
    if answer.is_error:
        raise RuntimeError(answer.text)


async def _create(client: httpx.AsyncClient, pipe: str, count: int) -> list[str]:
    turns = asyncio.Semaphore(AT_A_TIME)

    async def creates(number: int) -> str:
        async with turns:
            body = {"fields": {"what": f"Card {number}"}}
            answer = await client.post(f"/pipes/{pipe}/cards", json=body)
            answer.raise_for_status()
            return str(answer.json()["id"])

    return list(await asyncio.gather(*map(creates, range(count))))


@asynccontextmanager
async def _watching(
    house: Installation, kind: str
) -> AsyncIterator[dict[str, tuple[float, float]]]:
    """For each card that has such an event: when it was seen, and when it was due."""
    seen: dict[str, tuple[float, float]] = {}
    address = f"file:{house.data / 'phaseline.db'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        (known,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM events").fetchone()

        async def looks() -> None:
            last = known
            while True:
                rows = connection.execute(
                    "SELECT rowid, type, card, json_extract(body, '$.due') FROM events"
                    " WHERE rowid > ? ORDER BY rowid",
                    (last,),
                ).fetchall()
                for number, found, card, due in rows:
                    last = number
                    if found == kind:
                        seen.setdefault(card, (time.time(), _seconds(due)))
                await asyncio.sleep(_LOOKS_EVERY)

        looking = asyncio.create_task(looks())
        try:
            yield seen
        finally:
            looking.cancel()


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
