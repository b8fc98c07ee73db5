"""What only shows to be needed while a card decides is found out then, whoever gave the command."""

import asyncio
import json
from typing import Any

import pytest

from engine.core.actors import Actor, user
from engine.core.card import Card
from engine.core.commands import Command, EditCard, MoveCard, RunActions
from engine.gateway import Accepted, Outcome, utc_now
from engine.publishing import Publication, publish
from engine.store import people
from pipes.identifiers import AutomationId, FieldId, PipeId, TransitionId, UserId
from tests.engine.running import Engine, a_key, a_user, eventually_so

# True since this pipe is there; what a rule over the time comes to, nobody foresees.
EDITORS = {"if": [{">": [{"var": "today"}, "2026-01-01"]}, "editors", "desk"]}
PIPE: dict[str, Any] = {
    "id": "letters",
    "name": "Letters",
    "card": {"noun": "letter", "key": "LET", "title": "what"},
    "teams": {"desk": "Desk", "editors": "Editors"},
    "fields": {
        "what": {"type": "short_text", "label": "What"},
        "number": {
            "type": "short_text",
            "label": "Number",
            "unique": True,
            "default": {"var": "fields.what"},
        },
        "readers": {"type": "team", "label": "Readers", "default": "desk"},
    },
    "start": {"phase": "draft", "form": ["what", "number", "readers"]},
    "phases": [
        {
            "id": "draft",
            "name": "Draft",
            "form": ["what", "readers"],
            "sla": {
                "target": "1s",
                "paused_when": {"===": [{"var": "card.priority"}, "normal"]},
                "escalate": [{"at": "0m", "do": [{"set": {"readers": EDITORS}}]}],
            },
        },
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [
        {
            "id": "send",
            "from": "draft",
            "to": "done",
            "approval": {"stages": [{"id": "read", "by": ["field:readers"]}]},
        }
    ],
    "automations": [
        {"id": "hand", "on": "button", "label": "Hand", "do": [{"set": {"readers": EDITORS}}]}
    ],
}


@pytest.fixture
async def post(engine: Engine) -> Engine:
    """The engine with that pipe; Cy is the desk, Dee the editors."""
    made = await publish(engine.database, json.dumps(PIPE), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    async with engine.database.writing() as connection:
        for team, name in (("desk", "cy"), ("editors", "dee")):
            await people.add_team(connection, team, team)
            await people.add_user(connection, a_user(name, "member"))
            await people.set_member(connection, team, name, lead=False)
    return engine


async def created(engine: Engine, what: str) -> Outcome:
    return await engine.gateway.create(
        PipeId("letters"), key=a_key(None), actor=user("ana"), values={FieldId("what"): what}
    )


async def waiting(engine: Engine) -> Card:
    """A letter that waits to be read by the desk."""
    begun = await created(engine, "Terms")
    assert isinstance(begun, Accepted), begun
    moved = await engine.does(begun.card, MoveCard(transition=TransitionId("send")))
    assert moved.card.pending is not None
    assert moved.card.pending.approvers == (UserId("cy"),)
    return moved.card


async def readers(engine: Engine, card: Card) -> object:
    return (await engine.stored(card)).values[FieldId("readers")]


async def test_an_automation_hands_a_request_to_a_team_that_a_rule_names(post: Engine):
    card = await waiting(post)
    wish = RunActions(automation=AutomationId("hand"), first=0, end=1, by=user("ana"))

    command = Command(key=a_key(None), actor=Actor(kind="automation", id="hand"), wish=wish)
    outcome = await post.gateway.send(card.identity.id, command)

    assert isinstance(outcome, Accepted), outcome

    assert await readers(post, card) == "editors"


async def test_so_does_a_clock_and_the_card_goes_on(post: Engine):
    card = await waiting(post)
    await post.does(card, EditCard(priority="urgent"))

    async def is_handed_over() -> bool:
        return await readers(post, card) == "editors"

    await eventually_so(is_handed_over)
    await post.does(card, EditCard(labels=("late",)))


async def test_of_two_cards_that_begin_with_the_same_value_one_is_let_in(post: Engine):
    outcomes = await asyncio.gather(created(post, "Terms"), created(post, "Terms"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Accepted", "Rejected"]
    assert isinstance(await created(post, "Prices"), Accepted)
