"""Commands come through the gateway: once for each key, answered, recorded, readable."""

import asyncio

import pytest

from engine.core.commands import AddComment, HoldCard, MoveCard, ReopenCard, ResumeCard
from engine.core.reasons import ReasonCode
from engine.gateway import KeyReused, NoSuchCard, NoSuchPipe, Rejected
from pipes.identifiers import PhaseId, PipeId, TransitionId
from tests.engine.running import Engine

START = MoveCard(transition=TransitionId("start"))
FINISH = MoveCard(transition=TransitionId("finish"))


async def test_what_was_answered_is_what_everybody_reads_next(engine: Engine):
    card = await engine.create("Buy milk")
    moved = await engine.does(card, START)

    assert moved.recorded
    assert moved.card.stay.phase == "doing"
    assert await engine.stored(card) == moved.card
    assert {event.body.kind for event in moved.events} == {"card.moved", "clock.stopped"}
    assert len(await engine.history(card)) == moved.card.version
