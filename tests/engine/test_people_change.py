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
from engine.core.events import CardAssigned
from engine.core.notices import Notice
from engine.core.reasons import ReasonCode
from engine.gateway import Accepted, Definitions, Outcome, Rejected, utc_now
from engine.publishing import Publication, publish
from engine.store import log, notices, people
from engine.store.standings import viewer_everywhere
from engine.workflows.messages import DelegateRequest, TellRequest
from pipes.identifiers import FieldId, PhaseId, PipeId, TeamId, TransitionId, UserId
from tests.engine.running import Engine, a_key, a_user, eventually_so
from workers.telling import DatabaseMessenger

DESK = TeamId("desk")
DAY = timedelta(days=1)
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
                ],
                "exclude": ["requester"],
            },
        },
        {"id": "end", "from": "public", "to": "done"},
    ],
}


def a_leave(
    who: str, begins: timedelta, ends: timedelta, *, delegate: str | None = None
) -> SetLeave:
    """From a while from now on until another; some have begun already."""
    now = utc_now()
    return SetLeave(
        person=UserId(who),
        begins_at=now + begins,
        ends_at=now + ends,
        delegate=None if delegate is None else UserId(delegate),
    )


async def asked(engine: Engine, *before: Act) -> Card:
    """A paper that waits for two of the desk: Cy and Dee; something may be done before."""
    made = await publish(engine.database, json.dumps(PIPE), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    async with engine.database.writing() as connection:
        await people.add_team(connection, DESK, "Desk")
        for name in ("cy", "dee", "eli"):
            await people.add_user(connection, a_user(name, "member"))
    for name in ("cy", "dee"):
        await done(engine, JoinTeam(team=DESK, person=UserId(name)))
    for act in before:
        await done(engine, act)
    await engine.relay.pass_on()
    begun = await engine.gateway.create(
        PipeId("papers"), key=a_key(None), actor=user("bo"), values={FieldId("what"): "Terms"}
    )
    assert isinstance(begun, Accepted), begun
    command = Command(key=a_key(None), actor=user("bo"), wish=ASK)
    moved = await engine.gateway.send(begun.card.identity.id, command)
    assert isinstance(moved, Accepted), moved
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
    for begins, ends, may in ((DAY, 2 * DAY, False), (-DAY, DAY, True)):
        await done(engine, a_leave("dee", begins, ends, delegate="eli"))
        assert isinstance(await approves(engine, card, "eli"), Accepted) == may

    given = [
        (event.actor.id, event.body.in_name_of)
        for event in await engine.history(card)
        if isinstance(event.body, ApprovalGiven)
    ]
    assert given == [("eli", "dee")]


# --- handoffs that wait ---------------------------------------------------------------------------

PARCELS: dict[str, Any] = {
    "id": "parcels",
    "name": "Parcels",
    "card": {"noun": "parcel", "key": "PCL", "title": "what"},
    "teams": {"office": "Office", "depot": "Depot"},
    "fields": {"what": {"type": "short_text", "label": "What"}},
    "start": {"phase": "packed", "form": ["what"]},
    "phases": [
        {"id": "packed", "name": "Packed", "team": "office"},
        {"id": "stored", "name": "Stored", "team": "depot", "handoff": {"assign": "round_robin"}},
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [
        {"id": "store", "from": "packed", "to": "stored"},
        {"id": "end", "from": "stored", "to": "done"},
    ],
}
DEPOT = TeamId("depot")


async def handed_over(engine: Engine) -> Card:
    """A parcel that waits for the depot: Cy has been given it, Dee is there, and Eli leads."""
    made = await publish(engine.database, json.dumps(PARCELS), by="ana", at=utc_now())
    assert isinstance(made, Publication), made.findings
    async with engine.database.writing() as connection:
        await people.add_team(connection, DEPOT, "Depot")
        for name in ("cy", "dee", "eli"):
            await people.add_user(connection, a_user(name, "member"))
    for name in ("cy", "dee"):
        await done(engine, JoinTeam(team=DEPOT, person=UserId(name)))
    begun = await engine.gateway.create(
        PipeId("parcels"), key=a_key(None), actor=user("bo"), values={FieldId("what"): "Books"}
    )
    assert isinstance(begun, Accepted), begun
    moved = await engine.does(begun.card, MoveCard(transition=TransitionId("store")))
    assert moved.card.work.assignees == ("cy",)
    return moved.card


async def is_offered_to(engine: Engine, card: Card, *names: str) -> bool:
    return (await engine.stored(card)).work.assignees == names


async def told(engine: Engine, card: Card, who: str) -> list[str]:
    async with engine.database.reading() as connection:
        viewer = await viewer_everywhere(connection, who, utc_now())
        found = await notices.list_notices(connection, viewer, limit=50)
    return [notice.text for notice in found if notice.key == card.identity.key]


async def test_when_somebody_leaves_the_team_what_was_offered_to_them_is_offered_anew(
    engine: Engine,
):
    card = await handed_over(engine)

    await done(engine, LeaveTeam(team=DEPOT, person=UserId("cy")))
    await looks(engine)

    await eventually_so(lambda: is_offered_to(engine, card, "dee"))


async def test_on_leave_too_and_who_is_not_concerned_keeps_what_they_have(engine: Engine):
    card = await handed_over(engine)
    await done(engine, a_leave("dee", -DAY, DAY))
    await looks(engine)
    await done(engine, a_leave("cy", -DAY, DAY))
    await done(engine, JoinTeam(team=DEPOT, person=UserId("eli")))
    await looks(engine)

    await eventually_so(lambda: is_offered_to(engine, card, "eli"))
    given = [e.body for e in await engine.history(card) if isinstance(e.body, CardAssigned)]
    assert [body.assignees for body in given] == [("cy",), ("eli",)]


async def test_when_nobody_is_left_it_falls_into_the_queue_and_the_lead_is_told(engine: Engine):
    card = await handed_over(engine)
    await done(engine, JoinTeam(team=DEPOT, person=UserId("eli"), lead=True))
    for name in ("eli", "dee", "cy"):
        await done(engine, a_leave(name, -DAY, DAY))
    await looks(engine)
    await eventually_so(lambda: is_offered_to(engine, card))
    await looks(engine)

    async def lead_is_told() -> bool:
        return any("nobody is there" in text for text in await told(engine, card, "eli"))

    await eventually_so(lead_is_told)
    waits = (await engine.stored(card)).handoff
    assert waits is not None
    assert waits.is_queued


async def test_a_leave_that_begins_and_ends_is_noticed_by_itself_and_once(engine: Engine):
    card = await handed_over(engine)
    await done(engine, a_leave("dee", -DAY, DAY))
    await done(engine, a_leave("cy", timedelta(milliseconds=300), timedelta(seconds=3)))

    async def is_with(*names: str) -> bool:
        await engine.sweeper.notice_leaves()
        await looks(engine)
        return await is_offered_to(engine, card, *names)

    await eventually_so(is_with)
    await eventually_so(lambda: is_with("cy"))
    assert await engine.sweeper.notice_leaves() == 0


# --- who stands in for whom -----------------------------------------------------------------------


async def test_a_delegate_is_told_of_what_is_asked_while_somebody_is_away(engine: Engine):
    card = await asked(engine, a_leave("dee", -DAY, DAY, delegate="eli"))
    await engine.relay.pass_on()

    async def is_told() -> bool:
        texts = await told(engine, card, "eli")
        return any("waits for your approval" in each for each in texts)

    await eventually_so(is_told)
    (text,) = await told(engine, card, "eli")
    assert text.endswith("You stand in for Dee, who is away.")
    assert [each.endswith("away.") for each in await told(engine, card, "dee")] == [False]
    assert isinstance(await approves(engine, card, "eli"), Accepted)


async def test_a_delegate_is_told_of_what_waits_already_when_the_leave_begins(engine: Engine):
    card = await asked(engine)
    await engine.relay.pass_on()

    async def are_asked() -> bool:
        return all([await told(engine, card, name) for name in ("cy", "dee")])

    await eventually_so(are_asked)  # Who is told after the leave has begun is told of it at once.
    assert isinstance(await approves(engine, card, "cy"), Accepted)
    for name in ("cy", "dee"):
        await done(engine, a_leave(name, -DAY, DAY, delegate="eli"))
    await engine.sweeper.notice_leaves()
    await looks(engine)

    async def is_told() -> bool:
        return bool(await told(engine, card, "eli"))

    await eventually_so(is_told)
    (text,) = await told(engine, card, "eli")  # Cy has decided: nothing of his waits.
    assert text.endswith("You stand in for Dee, who is away.")


async def test_a_delegate_is_told_once_if_the_leave_begins_before_the_first_notice_is_out(
    engine: Engine,
):
    card = await asked(engine)
    async with engine.database.reading() as connection:
        (opened,) = await log.newest_of(connection, card.identity.id, ("approval.stage_opened",))
    assert isinstance(await approves(engine, card, "cy"), Accepted)
    await done(engine, a_leave("dee", -DAY, DAY, delegate="eli"))
    messenger = DatabaseMessenger(engine.database, Definitions(), engine.outgoing.post)
    first = TellRequest(
        id="e",
        card=card.identity.id,
        sequence=opened.sequence,
        notices=(Notice(notice_kind="approval", to=(), text="It waits.", people=(UserId("dee"),)),),
    )
    begins = DelegateRequest(
        card=card.identity.id,
        sequence=opened.sequence + 1,
        person=UserId("dee"),
        delegate=UserId("eli"),
    )

    # By chance either comes first, and each may come again.
    for _ in range(2):
        await messenger.tell_delegate(begins)
        await messenger.tell(first)

    assert len(await told(engine, card, "eli")) == 1


async def test_a_delegate_who_may_not_decide_is_told_nothing(engine: Engine):
    """Four eyes: who has asked decides for nobody."""
    card = await asked(engine, a_leave("dee", -DAY, DAY, delegate="bo"))
    await engine.relay.pass_on()

    async def others_are_told() -> bool:
        return bool(await told(engine, card, "dee"))

    await eventually_so(others_are_told)
    assert await told(engine, card, "bo") == []


async def test_the_delegate_of_a_lead_hears_that_nobody_is_there(engine: Engine):
    card = await handed_over(engine)
    await done(engine, JoinTeam(team=DEPOT, person=UserId("eli"), lead=True))
    await done(engine, a_leave("eli", -DAY, DAY, delegate="bo"))
    for name in ("dee", "cy"):
        await done(engine, a_leave(name, -DAY, DAY))
    await looks(engine)
    await eventually_so(lambda: is_offered_to(engine, card))
    await looks(engine)

    async def is_told() -> bool:
        return any("stand in for Eli" in text for text in await told(engine, card, "bo"))

    await eventually_so(is_told)
