"""Much at one moment: clocks that fall due together, and a crowd at the door of a phase."""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from temporalio.client import Client

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import EditCard, MoveCard, Wish
from engine.core.events import LimitExceeded
from engine.core.reasons import ReasonCode
from engine.gateway import Accepted, Gateway, Outcome, Rejected, utc_now
from engine.gateway.cards import workflow_id
from engine.publishing import Publication, publish
from engine.store.tables import events
from pipes.identifiers import FieldId, PipeId, TransitionId
from tests.engine.running import Engine, a_command, a_key, an_engine, eventually_so
from tests.servers.postgres import PostgresServer

CLOCKS, CROWD, PLACES = 200, 100, 5
# What is asked for at once is answered one after the other.
PATIENCE = timedelta(seconds=90)
TOGETHER: dict[str, Any] = {
    "id": "together",
    "name": "Together",
    "card": {"noun": "thing", "key": "THI", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What"},
        "ticket": {"type": "short_text", "label": "Ticket", "unique": True, "editable": "always"},
    },
    "start": {"phase": "open", "form": ["what"]},
    "phases": [
        {
            "id": "open",
            "name": "Open",
            "form": ["ticket"],
            "sla": {
                "target": "15s",
                "escalate": [
                    {"at": "0m", "do": [{"label": "late"}]},
                    {"at": "+1s", "do": [{"priority": "urgent"}]},
                ],
            },
        },
        {
            "id": "narrow",
            "name": "Narrow",
            "wip_limit": {"cards": PLACES, "enforce": "block"},
        },
        {"id": "wide", "name": "Wide", "wip_limit": {"cards": PLACES, "enforce": "warn"}},
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [
        {"id": "squeeze", "from": "open", "to": "narrow"},
        {"id": "stroll", "from": "open", "to": "wide"},
        {"id": "finish", "from": ["narrow", "wide"], "to": "done"},
    ],
}


@pytest.fixture
async def on_sqlite(engine_client: Client, tmp_path: Path) -> AsyncIterator[Engine]:
    async with an_engine(engine_client, tmp_path) as engine, engine.quick_worker():
        yield engine


@pytest.fixture
async def on_postgresql(
    engine_client: Client, tmp_path: Path, postgres: PostgresServer
) -> AsyncIterator[Engine]:
    name = f"crowd_{uuid.uuid4().hex}"
    address = await postgres.create(name)
    async with an_engine(engine_client, tmp_path, address=address) as engine, engine.quick_worker():
        yield engine
    await postgres.drop(name)


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def crowded(request: pytest.FixtureRequest) -> Engine:
    """An engine on each kind of database."""
    made: Engine = request.getfixturevalue(request.param)
    return made


async def test_of_a_hundred_at_once_no_more_get_in_and_no_more_have_a_value_than_may(
    crowded: Engine,
):
    cards = await created(crowded, CROWD, crowded.a_gateway(patience=PATIENCE))

    # One value that only one card may have.
    written = await all_do(crowded, cards, EditCard(values={FieldId("ticket"): "T-1"}))
    assert sum(map(came, written)) == 1
    assert {code for each in written for code in against(each)} == {ReasonCode.NOT_UNIQUE}

    # A limit that blocks.
    squeezed = await all_do(crowded, cards, move("squeeze"))
    inside = [card for card, outcome in zip(cards, squeezed, strict=True) if came(outcome)]
    assert len(inside) == PLACES
    assert {code for each in squeezed for code in against(each)} == {ReasonCode.PHASE_FULL}
    # A place that is given up is free for exactly one.
    (left,) = await all_do(crowded, inside[:1], move("finish"))
    assert came(left)
    outside = [card for card in cards if card not in inside]
    again = await all_do(crowded, outside[:20], move("squeeze"))
    assert sum(map(came, again)) == 1

    # A limit that only warns.
    others = outside[20:]
    strolled = await all_do(crowded, others, move("stroll"))
    assert all(map(came, strolled))
    counts = sorted(
        event.body.cards
        for outcome in strolled
        if isinstance(outcome, Accepted)
        for event in outcome.events
        if isinstance(event.body, LimitExceeded)
    )
    assert counts == list(range(PLACES + 1, len(others) + 1))


async def test_many_clocks_that_fall_due_at_one_instant_all_do_what_they_do_once(
    engine_client: Client, tmp_path: Path
):
    async with an_engine(engine_client, tmp_path) as engine, engine.quick_worker():
        moment = utc_now()  # Every card is made as if it were this moment.
        cards = await created(
            engine, CLOCKS, engine.a_gateway(clock=lambda: moment, patience=PATIENCE)
        )
        deadlines = {clock.deadline for card in cards for clock in card.clocks.values()}
        assert deadlines == {moment + timedelta(seconds=15)}

        async def all_have_come() -> bool:
            return await counted(engine, "sla.escalated") >= 2 * CLOCKS

        await eventually_so(all_have_come, within=120)
        for card in cards:
            history = await engine.history(card)
            assert [event.body.kind for event in history if "clock" not in event.body.kind] == [
                "card.created",
                "sla.breached",
                "sla.escalated",
                "card.labelled",
                "sla.escalated",
                "card.prioritized",
            ]
            assert history[-1].at >= moment + timedelta(seconds=16)


async def test_a_clock_that_runs_out_while_the_database_is_away_rings_when_it_is_back(
    engine_client: Client, tmp_path: Path
):
    async with an_engine(engine_client, tmp_path) as engine, engine.quick_worker():
        moment = utc_now()
        (card,) = await created(engine, 1, engine.a_gateway(clock=lambda: moment))
        vandal = sqlite3.connect(engine.database_file, isolation_level=None)
        with closing(vandal):
            vandal.execute("ALTER TABLE pipe_versions RENAME TO elsewhere")
            await asyncio.sleep((moment + timedelta(seconds=20) - utc_now()).total_seconds())
            vandal.execute("ALTER TABLE elsewhere RENAME TO pipe_versions")

        async def both_have_come() -> bool:
            return await counted(engine, "sla.escalated") >= 2

        await eventually_so(both_have_come, within=30)
        told = [event.body.kind for event in await engine.history(card)]
        assert [kind for kind in told if kind.startswith("sla.")] == [
            "sla.breached",
            "sla.escalated",
            "sla.escalated",
        ]
        history = await engine.client.get_workflow_handle(
            workflow_id(card.identity.id)
        ).fetch_history()
        asked = [
            event.activity_task_scheduled_event_attributes.activity_type.name
            for event in history.events
            if event.HasField("activity_task_scheduled_event_attributes")
        ]
        assert "gather" in asked  # It did not keep its task open all the time.
        await engine.replay(card)


async def created(engine: Engine, count: int, gateway: Gateway) -> list[Card]:
    """So many cards, made a few at a time."""
    made = await publish(engine.database, json.dumps(TOGETHER), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    turns = asyncio.Semaphore(16)

    async def creates(number: int) -> Card:
        async with turns:
            outcome = await gateway.create(
                PipeId("together"),
                key=a_key(None),
                actor=user("ana"),
                values={FieldId("what"): f"Thing {number}"},
            )
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    return list(await asyncio.gather(*map(creates, range(count))))


async def all_do(engine: Engine, cards: list[Card], wish: Wish) -> list[Outcome]:
    """Everybody does the same at once, and waits until all are through."""
    gateway = engine.a_gateway(patience=PATIENCE)
    return await asyncio.gather(
        *(gateway.send(card.identity.id, a_command(wish)) for card in cards)
    )


async def counted(engine: Engine, kind: str) -> int:
    """How many events of this kind are recorded."""
    async with engine.database.reading() as connection:
        statement = select(func.count()).select_from(events).where(events.c.type == kind)
        count: int = (await connection.execute(statement)).scalar_one()
    return count


def move(way: str) -> MoveCard:
    return MoveCard(transition=TransitionId(way))


def came(outcome: Outcome) -> bool:
    return isinstance(outcome, Accepted)


def against(outcome: Outcome) -> list[ReasonCode]:
    return [reason.code for reason in outcome.reasons] if isinstance(outcome, Rejected) else []
