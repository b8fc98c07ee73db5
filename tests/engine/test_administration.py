"""What is administered concerns cards that wait: they look again who may decide, whoever dies."""

import pytest

from engine.administration import ActRefused, administer
from engine.core.actors import user
from engine.core.administration import (
    Act,
    AddPerson,
    Administrator,
    DisablePerson,
    JoinTeam,
    LeaveTeam,
    NameTeam,
)
from engine.core.card import Card
from engine.core.commands import ApproveRequest, Command, MoveCard
from engine.gateway import Accepted, utc_now
from engine.publishing import Publication, publish
from engine.store import audit, outbox
from pipes.identifiers import FieldId, PipeId, TeamId, TransitionId, UserId
from tests.builders import a_document, a_way
from tests.engine.running import Engine, a_key, eventually_so

BY = Administrator(user=UserId(""), way="command")
TEAM = TeamId("product")
PIPE = a_document(
    transitions=[
        a_way(
            "to-design",
            "concept",
            "design",
            approval={"stages": [{"id": "peers", "by": ["team:product"], "need": "all"}]},
        ),
        a_way("finish", "design", "done"),
        a_way("reject", "design", "rejected"),
    ]
)


async def done(engine: Engine, *acts: Act) -> None:
    async with engine.database.writing() as connection:
        await administer(connection, *acts, by=BY, at=utc_now())


async def a_card_that_waits(engine: Engine) -> Card:
    """Everybody of the team has to approve: Bo has, Cy has not."""
    published = await publish(engine.database, PIPE, by="ana", at=utc_now())
    assert isinstance(published, Publication), published
    cy = UserId("cy")
    await done(
        engine,
        AddPerson(person=cy, name="Cy"),
        NameTeam(team=TEAM, name="Product"),
        JoinTeam(team=TEAM, person=UserId("bo")),
        JoinTeam(team=TEAM, person=cy),
    )
    created = await engine.gateway.create(
        PipeId("features"),
        key=a_key(None),
        actor=user("ana"),
        values={FieldId("name"): "Offline mode"},
    )
    assert isinstance(created, Accepted), created
    card = created.card.identity.id
    for who, wish in (
        ("ana", MoveCard(transition=TransitionId("to-design"))),
        ("bo", ApproveRequest()),
    ):
        command = Command(key=a_key(None), actor=user(who), wish=wish)
        outcome = await engine.gateway.send(card, command)
        assert isinstance(outcome, Accepted), outcome
    waiting = await engine.stored(created.card)
    assert waiting.pending is not None
    return waiting


@pytest.mark.parametrize(
    "act",
    [DisablePerson(person=UserId("cy")), LeaveTeam(team=TEAM, person=UserId("cy"))],
    ids=["disabled", "out of the team"],
)
async def test_who_is_gone_is_waited_for_no_longer(engine: Engine, act: Act):
    card = await a_card_that_waits(engine)
    await done(engine, act)

    await engine.relay.pass_on()

    async def has_moved() -> bool:
        return (await engine.stored(card)).stay.phase == "design"

    await eventually_so(has_moved)
    kinds = [event.body.kind for event in await engine.history(card)]
    assert kinds.count("approval.approved") == 1


async def test_cards_that_wait_for_nobody_are_left_alone(engine: Engine):
    await engine.create()
    await done(
        engine, NameTeam(team=TEAM, name="Product"), JoinTeam(team=TEAM, person=UserId("bo"))
    )

    async with engine.database.reading() as connection:
        assert await outbox.first(connection, limit=10) == ()


async def test_what_is_refused_leaves_nothing_behind(engine: Engine):
    with pytest.raises(ActRefused) as refused:
        await done(
            engine,
            NameTeam(team=TEAM, name="Product"),
            JoinTeam(team=TEAM, person=UserId("nobody")),
            DisablePerson(person=UserId("ana")),
        )

    assert [str(each.code) for each in refused.value.reasons] == ["not_there", "last_owner"]
    async with engine.database.reading() as connection:
        assert await audit.list_entries(connection, limit=10) == ()
