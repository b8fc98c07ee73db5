"""Pages over many cards: the board, a card, the list; the start, and moves, beside them.

The many are written into the read model through the store's own row functions, as copies of real
cards with names of their own: they have no workflows, and no events.
"""

import gzip
import json
import tempfile
import time
import uuid
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

import httpx
from sqlalchemy import insert

from bench.figures import Row, at_most, beside, middle, slow_end
from bench.floor import running_floor
from bench.house import a_pipe, create, move, publish, visitor
from bench.moves import alone_beside_floor
from engine.core.card import Card
from engine.store.log import load_card
from engine.store.readmodel import Indexing, card_row, folded
from engine.store.tables import card_labels, cards
from pipes.building import definition_from_document
from tests.servers.installation import Installation, installation
from tests.servers.visitors import writing

OPEN, CROWD, FINISHED, VERY_MANY, LOOKS, ROUNDS = 1_000, 10_000, 100_000, 1_000_000, 25, 3
# The copies' numbers are beyond those of real cards, and the finished ones' beyond the open ones'.
_FIRST_OPEN, _FIRST_FINISHED = 1_000_000, 2_000_000
_BATCH, _LABEL = 2_000, "design"


async def measure() -> list[Row]:
    """Everything about pages."""
    with tempfile.TemporaryDirectory() as floor_folder, tempfile.TemporaryDirectory() as folder:
        async with (
            running_floor(Path(floor_folder)) as floor,
            installation(Path(folder)) as house,
            house.client() as client,
        ):
            samples = await _samples(house, client)
            await _load(house, samples, "bench", count=OPEN, is_open=True)
            await _load(house, samples, "crowd", count=CROWD, is_open=True)
            async with await visitor(house) as browser:
                before = await _looked(browser, "/pipes/bench")
                house.ask_to_stop()
                await _load(house, samples, "bench", count=FINISHED, is_open=False)
                start = await house.start()
                rows = await _pages(browser, before, samples["bench"])
                house.ask_to_stop()
                await _load(house, samples, "bench", first=FINISHED, count=VERY_MANY, is_open=False)
                await house.start()
                very_many = await _among_very_many(browser, before)
            single, of_floor = await alone_beside_floor(floor, client, samples["bench"].moving)
    return [
        *rows,
        *very_many,
        at_most(f"start with {FINISHED:,} cards", start, 10, "s"),
        beside(f"a move through HTTP, alone, beside {FINISHED:,} cards, p50", single * 1000, "ms"),
        at_most("  against the floor", of_floor, 0.60, "×"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looks:
    """How long a page took, and its bytes before and after compression."""

    seconds: list[float]
    raw: int
    packed: int
    tag: str

    @property
    def median(self) -> float:
        return middle(self.seconds)


async def _pages(browser: httpx.AsyncClient, before: _Looks, sample: "_Sample") -> list[Row]:
    board = await _looked(browser, "/pipes/bench")
    crowd = await _looked(browser, "/pipes/crowd")
    card = await _looked(browser, f"/cards/{sample.open.identity.key}")
    found = await _looked(browser, "/pipes/bench/list?q=number+4711&status=all&label=design")
    everything = await _looked(browser, "/pipes/bench/list?q=number&status=all&label=design")
    same = await _unchanged(browser, "/pipes/bench", board.tag)
    name = f"board, {OPEN:,} open and {FINISHED:,} finished"
    drawing = "drawing the tiles in Python"
    return [
        at_most(f"{name}, p50", board.median * 1000, 15, "ms", drawing),
        at_most("  bytes", board.raw / 1024, 300, "KB"),
        at_most("  bytes compressed", board.packed / 1024, 40, "KB"),
        at_most("  against none finished", board.median / before.median, 1.1, "×"),
        at_most("  not changed: 304 by its ETag, p50", same * 1000, 15, "ms"),
        at_most(f"board, {CROWD:,} open, p50", crowd.median * 1000, 25, "ms", drawing),
        at_most("  p99 against p50", slow_end(crowd.seconds) / crowd.median, 3, "×"),
        at_most("card page, p50", card.median * 1000, 15, "ms"),
        at_most(
            f"list, filter and text, {FINISHED:,} cards, few found, p50",
            found.median * 1000,
            40,
            "ms",
        ),
        at_most("  all found", everything.median * 1000, 40, "ms"),
    ]


async def _among_very_many(browser: httpx.AsyncClient, before: _Looks) -> list[Row]:
    board = await _looked(browser, "/pipes/bench")
    found = await _looked(browser, "/pipes/bench/list?q=number+4711&status=all&label=design")
    return [
        at_most(
            f"board, {OPEN:,} open and {VERY_MANY:,} finished, against none finished",
            board.median / before.median,
            1.2,
            "×",
        ),
        beside(
            f"list, filter and text, {VERY_MANY:,} cards, few found, p50",
            found.median * 1000,
            "ms",
        ),
    ]


async def _looked(browser: httpx.AsyncClient, path: str) -> _Looks:
    """Looks at a page many times, as a browser that has not seen it."""
    taken: list[float] = []
    answer = await browser.get(path)
    for _ in range(LOOKS * ROUNDS):
        began = time.perf_counter()
        answer = (await browser.get(path)).raise_for_status()
        taken.append(time.perf_counter() - began)
    packed = int(answer.headers.get("content-length", 0))
    if answer.headers.get("content-encoding") != "gzip" or not packed:
        packed = len(gzip.compress(answer.content))
    tag = answer.headers.get("etag", "")
    return _Looks(seconds=taken, raw=len(answer.content), packed=packed, tag=tag)


async def _unchanged(browser: httpx.AsyncClient, path: str, tag: str) -> float:
    """The median of asking for a page that is known already; it is asked anew each minute."""
    taken: list[float] = []
    while len(taken) < LOOKS:
        began = time.perf_counter()
        answer = await browser.get(path, headers={"If-None-Match": tag})
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            taken.append(time.perf_counter() - began)
        elif answer.headers["etag"] == tag:
            raise AssertionError("A board that has not changed was sent again.")
        tag = answer.headers["etag"]
    return middle(taken)


# --- many cards -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Real cards of a pipe: one open, one finished, and one to move."""

    open: Card
    finished: Card
    moving: str


async def _samples(house: Installation, client: httpx.AsyncClient) -> dict[str, _Sample]:
    found: dict[str, _Sample] = {}
    for pipe in ("bench", "crowd"):
        await publish(client, a_pipe(pipe))
        first, second, third = await create(client, pipe, 3)
        await move(client, second, "go")
        await move(client, second, "end")
        async with writing(house) as connection:
            stored = [await load_card(connection, each) for each in (first, second)]
        opened, ended = (each.card for each in stored if each is not None)
        found[pipe] = _Sample(open=opened, finished=ended, moving=third)
    return found


async def _load(
    house: Installation,
    samples: dict[str, _Sample],
    pipe: str,
    *,
    first: int = 0,
    count: int,
    is_open: bool,
) -> None:
    """Writes copies of a real card where boards and lists read, their numbers from `first`."""
    definition = definition_from_document(a_pipe(pipe))
    like = samples[pipe].open if is_open else samples[pipe].finished
    row = card_row(like, "", Indexing.of(definition))
    for group in batched(range(first, count), _BATCH, strict=False):
        rows = [_copy(like, row, number) for number in group]
        labels = [
            {"pipe": pipe, "label": _LABEL, "card": each["id"]}
            for each in rows
            if each["labels"] != "[]"
        ]
        async with writing(house) as connection:
            await connection.execute(insert(cards), rows)
            await connection.execute(insert(card_labels), labels)


def _copy(like: Card, row: dict[str, object], number: int) -> dict[str, object]:
    """The row of another card like that one; the open ones stand in both phases."""
    is_open = like.life.status == "open"
    prefix, _, _ = like.identity.key.partition("-")
    key = f"{prefix}-{(_FIRST_OPEN if is_open else _FIRST_FINISHED) + number}"
    title = f"One of many, number {number}"
    labels = [_LABEL] if number % 3 == 0 else []
    return {
        **row,
        "id": str(uuid.uuid4()),
        "key": key,
        "title": title,
        "search": folded(f"{key} {title} {' '.join(labels)}"),
        "labels": json.dumps(labels),
        "phase": ("left", "right")[number % 2] if is_open else like.stay.phase,
    }
