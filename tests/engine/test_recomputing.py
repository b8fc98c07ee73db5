"""Clocks of a whole pipe are reckoned anew by a command that each card's history keeps."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import ClockId, EditCard
from engine.gateway import Accepted, NoSuchPipe, utc_now
from engine.gateway.recomputing import Recomputed, RecomputingRefused, recompute_pipe
from engine.publishing import Publication, publish
from pipes.identifiers import FieldId, PipeId
from tests.engine.running import Engine, a_key

PIPE = PipeId("orders")
URGENT = FieldId("urgent")
ORDERS = {
    "id": "orders",
    "name": "Orders",
    "card": {"noun": "order", "key": "ORD"},
    "fields": {"urgent": {"type": "checkbox", "label": "Urgent"}},
    "start": {"phase": "open", "form": ["urgent"]},
    "phases": [
        {
            "id": "open",
            "name": "Open",
            "form": ["urgent"],
            "sla": {
                "target": [
                    {"if": {"===": [{"var": "fields.urgent"}, True]}, "is": "1d"},
                    {"is": "3d"},
                ]
            },
        },
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [{"id": "finish", "from": "open", "to": "done"}],
}


async def orders(engine: Engine, urgent_later: Sequence[bool]) -> list[Card]:
    """Orders that began without hurry; some are urgent by now."""
    made = await publish(engine.database, json.dumps(ORDERS), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    found = []
    for is_urgent in urgent_later:
        outcome = await engine.gateway.create(PIPE, key=a_key(None), actor=user("ana"), values={})
        assert isinstance(outcome, Accepted), outcome
        await engine.does(outcome.card, EditCard(values={URGENT: is_urgent}))
        found.append(outcome.card)
    return found


async def test_each_card_gets_the_target_that_applies_to_it_now(engine: Engine):
    urgent, calm = await orders(engine, [True, False])

    done = await recompute_pipe(
        engine.database, engine.gateway, PIPE, actor=user("ana"), reason="New terms"
    )

    assert done == Recomputed(cards=2, changed=1)
    clock = (await engine.stored(urgent)).clocks[ClockId("phase:open")]
    assert clock.target == "1d"
    assert clock.deadline == urgent.identity.created_at + timedelta(days=1)
    assert (await engine.history(urgent))[-1].body.kind == "clock.recomputed"
    assert (await engine.stored(calm)).clocks[ClockId("phase:open")].target == "3d"


async def test_only_an_admin_of_the_pipe_may(engine: Engine):
    (card,) = await orders(engine, [True])

    with pytest.raises(RecomputingRefused, match="a pipe admin"):
        await recompute_pipe(
            engine.database, engine.gateway, PIPE, actor=user("bo"), reason="New terms"
        )

    assert (await engine.stored(card)).clocks[ClockId("phase:open")].target == "3d"


async def test_a_pipe_that_is_none_is_said_so(engine: Engine):
    with pytest.raises(NoSuchPipe):
        await recompute_pipe(
            engine.database, engine.gateway, PipeId("none"), actor=user("ana"), reason="x"
        )
