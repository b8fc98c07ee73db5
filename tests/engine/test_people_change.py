"""People join and leave teams, go away and come back, while cards wait for their decisions."""

import json
from datetime import timedelta
from typing import Any

from engine.administration import administer
from engine.core.actors import user
from engine.core.administration import Act, Administrator, JoinTeam, LeaveTeam, SetLeave
from engine.core.approval_events import ApprovalGiven
from engine.core.card import Card
from engine.core.commands import ApproveRequest, Command, MoveCard
from engine.core.reasons import ReasonCode
from engine.gateway import Accepted, Outcome, Rejected, utc_now
from engine.publishing import Publication, publish
from engine.store import people
from pipes.identifiers import FieldId, PhaseId, PipeId, TeamId, TransitionId, UserId
from tests.engine.running import Engine, a_key, a_user, eventually_so

DESK = TeamId("desk")
ASK = MoveCard(transition=TransitionId("release"))
PIPE: dict[str, Any] = {
    "id": "papers",
    "name": "Papers",
    "card": {"noun": "paper", "key": "PAP", "title": "what"},
    "teams": {"desk": "Desk"},
    "fields": {"what": {"type": "short_text", "label": "What"}},
    "start": {"phase": "draft", "form": ["what"]},
    "phases": [
        {"id": "draft", "name": "Draft"},
        {"id": "public", "name": "Public"},
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [
        {
            "id": "release",
            "from": "draft",
            "to": "public",
            "approval": {
                "stages": [
                    {"id": "desk", "by": ["team:desk"], "need": 2, "escalate_to": ["user:ana"]}
                ]
            },
        },
        {"id": "end", "from": "public", "to": "done"},
    ],
}


async def asked(engine: Engine) -> Card:
    """A paper that waits for two of the desk: Cy and Dee."""
    made = await publish(engine.database, json.dumps(PIPE), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    async with engine.database.writing() as connection:
        await people.add_team(connection, DESK, "Desk")
        for name in ("cy", "dee", "eli"):
            await people.add_user(connection, a_user(name, "member"))
    for name in ("cy", "dee"):
        await done(engine, JoinTeam(team=DESK, person=UserId(name)))
    await engine.relay.pass_on()
    begun = await engine.gateway.create(
        PipeId("papers"), key=a_key(None), actor=user("bo"), values={FieldId("what"): "Terms"}
    )
    assert isinstance(begun, Accepted), begun
    moved = await engine.does(begun.card, ASK)
    return moved.card


async def done(engine: Engine, act: Act) -> None:
    by = Administrator(user=UserId("ana"), way="page")
    async with engine.database.writing() as connection:
        await administer(connection, act, by=by, at=utc_now())


async def approves(engine: Engine, card: Card, who: str) -> Outcome:
    command = Command(key=a_key(None), actor=user(who), wish=ApproveRequest())
    return await engine.gateway.send(card.identity.id, command)


async def looks(engine: Engine) -> None:
    """What a worker's rounds do about it: once for the people, once for the cards."""
    await engine.relay.pass_on()
    await engine.relay.pass_on()


async def test_when_somebody_leaves_and_too_few_are_left_the_round_escalates_at_once(
    engine: Engine,
):
    card = await asked(engine)

    await done(engine, LeaveTeam(team=DESK, person=UserId("dee")))
    await looks(engine)

    async def has_escalated() -> bool:
        pending = (await engine.stored(card)).pending
        return pending is not None and pending.is_escalated

    await eventually_so(has_escalated)
    for who in ("cy", "ana"):
        assert isinstance(await approves(engine, card, who), Accepted)
    assert (await engine.stored(card)).stay.phase == PhaseId("public")


async def test_who_joins_may_decide_and_who_has_left_may_not(engine: Engine):
    card = await asked(engine)

    await done(engine, JoinTeam(team=DESK, person=UserId("eli")))
    await done(engine, LeaveTeam(team=DESK, person=UserId("dee")))
    await looks(engine)

    turned_away = await approves(engine, card, "dee")
    assert isinstance(turned_away, Rejected)
    assert [each.code for each in turned_away.reasons] == [ReasonCode.NOT_ALLOWED]
    for who in ("cy", "eli"):
        assert isinstance(await approves(engine, card, who), Accepted)
    assert (await engine.stored(card)).stay.phase == PhaseId("public")


async def test_a_delegate_decides_between_the_dates_and_history_names_both(engine: Engine):
    card = await asked(engine)
    now = utc_now()
    later = (timedelta(days=1), timedelta(days=2))
    for begins, ends, may in ((*later, False), (-timedelta(days=1), timedelta(days=1), True)):
        leave = SetLeave(
            person=UserId("dee"),
            begins_at=now + begins,
            ends_at=now + ends,
            delegate=UserId("eli"),
        )
        await done(engine, leave)
        assert isinstance(await approves(engine, card, "eli"), Accepted) == may

    given = [
        (event.actor.id, event.body.in_name_of)
        for event in await engine.history(card)
        if isinstance(event.body, ApprovalGiven)
    ]
    assert given == [("eli", "dee")]
