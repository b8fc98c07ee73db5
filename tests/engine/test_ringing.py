"""What is due is brought to the cards by workers: once, on time, whoever dies meanwhile."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import HoldCard
from engine.gateway import Accepted, Cards, Definitions, EngineUnavailable, utc_now
from engine.gateway.cards import patience_of
from engine.gateway.ringing import Ringer
from engine.publishing import Publication, publish
from engine.store import acting
from pipes.identifiers import FieldId, Instant, PipeId
from tests.engine.running import Died, DyingCards, Engine, a_key, an_engine, eventually_so
from workers.ringing import keep_ringing

TARGET = timedelta(seconds=1)
ONCE = {"sla.breached": 1, "sla.escalated": 1, "card.labelled": 1}
DOCUMENT: dict[str, Any] = {
    "id": "ovens",
    "name": "Ovens",
    "card": {"noun": "cake", "key": "CAK", "title": "what"},
    "fields": {"what": {"type": "short_text", "label": "What"}},
    "start": {"phase": "in", "form": ["what"]},
    "phases": [
        {
            "id": "in",
            "name": "In",
            "sla": {"target": "1s", "escalate": [{"at": "0m", "do": [{"label": "burnt"}]}]},
        },
        {"id": "out", "name": "Out", "final": "done"},
    ],
    "transitions": [{"id": "take-out", "from": "in", "to": "out"}],
}


def patient(engine: Engine) -> Cards:
    """Cards as in production: they leave what is due to others for minutes."""
    return Cards(engine.client, engine.task_queue)


def a_ringer(engine: Engine, cards: Cards | None = None, *, ahead: int = 0) -> Ringer:
    """That of another process, whose clock may be ahead by some seconds."""
    return Ringer(
        engine.database,
        cards or patient(engine),
        Definitions(),
        clock=lambda: utc_now() + timedelta(seconds=ahead),
    )


async def baked(engine: Engine, count: int, document: dict[str, Any] = DOCUMENT) -> list[Card]:
    made = await publish(engine.database, json.dumps(document), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    gateway = engine.a_gateway(cards=patient(engine))

    async def bake() -> Card:
        outcome = await gateway.create(
            PipeId("ovens"), key=a_key(None), actor=user("ana"), values={FieldId("what"): "Cake"}
        )
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    return list(await asyncio.gather(*(bake() for _ in range(count))))


async def done_by(engine: Engine, card: Card) -> Counter[str]:
    """What the clock has done."""
    return Counter(event.body.kind for event in (await engine.history(card))[2:])


async def next_look(engine: Engine) -> Instant | None:
    async with engine.database.reading() as connection:
        return await acting.first(connection)


async def until_due() -> None:
    await asyncio.sleep(TARGET.total_seconds() + 0.1)


async def test_workers_bring_what_is_due_on_time_and_each_thing_once(engine: Engine):
    rounds = [asyncio.create_task(keep_ringing(a_ringer(engine))) for _ in range(2)]
    try:
        cards = await baked(engine, 20)

        async def all_are_burnt() -> bool:
            stored = [await engine.stored(card) for card in cards]
            return all(card.work.labels for card in stored)

        await eventually_so(all_are_burnt)
    finally:
        for each in rounds:
            each.cancel()
    for card in cards:
        assert await done_by(engine, card) == ONCE
        burnt = (await engine.history(card))[-1].at
        assert burnt >= card.identity.created_at + TARGET
        await engine.replay(card)
    assert await next_look(engine) is None


async def test_what_was_done_for_a_process_that_died_is_recorded_by_the_next(engine: Engine):
    (card,) = await baked(engine, 1)
    await until_due()
    dying = DyingCards(engine.client, engine.task_queue, engine.limits)

    with suppress(Died):
        await a_ringer(engine, dying).ring(card.identity.id)
    assert await done_by(engine, card) == {}
    await a_ringer(engine).ring(card.identity.id)

    assert await done_by(engine, card) == ONCE


async def test_a_card_that_moved_on_is_left_alone(engine: Engine):
    (card,) = await baked(engine, 1)
    ringer = a_ringer(engine)
    await until_due()
    assert await ringer.take(5) == (card.identity.id,)
    await engine.does(card, HoldCard(reason="The fuse has blown"))

    await ringer.ring(card.identity.id)

    assert await done_by(engine, card) == {"card.held": 1, "clock.paused": 1}
    assert await next_look(engine) is None


async def test_a_clock_that_is_fast_brings_nothing_before_it_is_due(engine: Engine):
    (card,) = await baked(engine, 1, {**DOCUMENT, "phases": slowly()})
    due = card.identity.created_at + timedelta(hours=1)
    ringer = a_ringer(engine, ahead=2 * 3600)
    assert await ringer.take(5) == (card.identity.id,)

    await ringer.ring(card.identity.id)

    assert await done_by(engine, card) == {}
    assert await next_look(engine) == due
    assert await ringer.take(5) == ()  # It knows better now.


def slowly() -> list[dict[str, Any]]:
    inside, outside = DOCUMENT["phases"]
    return [{**inside, "sla": {**inside["sla"], "target": "1h"}}, outside]


async def test_a_card_that_does_not_answer_is_asked_again_later(
    engine_client: Client, tmp_path: Path
):
    async with an_engine(engine_client, tmp_path) as engine:
        async with engine.worker():
            (card,) = await baked(engine, 1)
        await until_due()

        with pytest.raises(EngineUnavailable):
            await a_ringer(engine, ahead=3600).ring(card.identity.id)

        later = await next_look(engine)
        assert later is not None
        # It is an hour late, and may have done it long ago.
        pause = later - (utc_now() + timedelta(hours=1))
        assert timedelta(minutes=4) < pause <= timedelta(minutes=5)


def test_cards_of_one_instant_do_not_all_help_themselves_at_once():
    patiences = [patience_of(f"card-{number}").total_seconds() for number in range(1_000)]
    assert min(patiences) >= 120
    assert max(patiences) < 1_020
    assert max(Counter(each // 60 for each in patiences).values()) < 120
