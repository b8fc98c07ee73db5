"""Moves by HTTP beside the floor and a peer, alone and by 32 callers; what a card costs."""

import tempfile
from pathlib import Path

import httpx

from bench.figures import Row, at_least, at_most, beside, middle, slow_end
from bench.floor import CALLERS, Floor, running_floor
from bench.house import a_pipe, alone, create, crowded, publish
from bench.peers.running import measured
from engine.gateway.cards import workflow_id
from tests.journeys.test_kills import temporal_of
from tests.servers.installation import Installation, installation

ROUNDS, ALONE, EACH = 3, 40, 8
"""How often everything is measured, moves of the lone caller, moves of each of the many."""


async def measure() -> list[Row]:
    """Moves, and the history that they leave."""
    with tempfile.TemporaryDirectory() as floor_folder, tempfile.TemporaryDirectory() as folder:
        async with (
            running_floor(Path(floor_folder)) as floor,
            installation(Path(folder)) as house,
            house.client() as client,
        ):
            await publish(client, a_pipe("bench"))
            cards = await create(client, "bench", CALLERS)
            before = await _history(house, cards[1])
            rows = await _side_by_side(floor, client, cards)
            each = (await _history(house, cards[1]) - before) / (EACH * (ROUNDS + 1))
            what = "events of Temporal's history for a move"
            return [*rows, at_most(what, each, 7, "events", "of its update and its task")]


async def alone_beside_floor(
    floor: Floor, client: httpx.AsyncClient, card: str
) -> tuple[float, float]:
    """The median of a lone move, and how many times the floor's that is."""
    ours, ratios = list[float](), list[float]()
    await floor.alone(ALONE // 4)
    await alone(client, card, ALONE // 4)
    for _ in range(ROUNDS):
        naive = middle(await floor.alone(ALONE))
        ours.append(middle(await alone(client, card, ALONE)))
        ratios.append(ours[-1] / naive)
    return middle(ours), middle(ratios)


async def _side_by_side(floor: Floor, client: httpx.AsyncClient, cards: list[str]) -> list[Row]:
    single, of_floor = await alone_beside_floor(floor, client, cards[0])
    peer = middle([middle(await measured("viewflow_moves.py", list)) for _ in range(ROUNDS)])
    await crowded(client, cards, EACH)
    naive_rates, rates, ratios, tails = list[float](), list[float](), list[float](), list[float]()
    for _ in range(ROUNDS):
        naive, _ = await floor.crowded(EACH)
        rate, taken = await crowded(client, cards, EACH)
        naive_rates.append(naive)
        rates.append(rate)
        ratios.append(rate / naive)
        tails.append(slow_end(taken) / middle(taken))
    return [
        beside("the floor, a naive move alone, p50", single / of_floor * 1000, "ms"),
        beside("  django-viewflow in process, p50", peer * 1000, "ms"),
        beside("a move through HTTP, alone, p50", single * 1000, "ms"),
        at_most(
            "  against the floor", of_floor, 0.60, "×", "processor time of all three processes"
        ),
        beside(f"the floor, moves a second, {CALLERS} callers", middle(naive_rates), "/s"),
        beside(f"moves a second through HTTP, {CALLERS} callers", middle(rates), "/s"),
        at_least("  against the floor", middle(ratios), 1.5, "×", "both cores are full"),
        at_most("  p99 against p50 (any error ends the bench)", middle(tails), 2.0, "×"),
    ]


async def _history(house: Installation, card: str) -> int:
    """How many events Temporal's history of a card has."""
    temporal = await temporal_of(house)
    runs = temporal.list_workflows(f'WorkflowId = "{workflow_id(card)}"')
    return sum([len(history.events) async for history in runs.map_histories()])
