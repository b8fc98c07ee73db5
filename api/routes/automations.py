"""Automations: what a pipe has, what ran and runs, dry runs, running again, and buttons."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from api.administering import require
from api.automating import administered_pipe, automations_in_words, rehearsed, run_again
from api.cards import published_pipe, seen_card, standing_in
from api.routes.answers import (
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    instant_in,
    problems,
)
from api.routes.cards import Sender
from api.routes.models import Body, Shown, Text
from api.routes.schemas import CardShown, CauseShown, ReasonShown, shown_chain, shown_reason
from api.services import Has
from api.signin.people import Member
from engine.core.commands import PressButton
from engine.gateway.rehearsing import Rehearsal
from engine.store import runs
from engine.store.runs import Run
from pipes.identifiers import AutomationId, PipeId

router = APIRouter(tags=["automations"])


class AutomationShown(Shown):
    """An automation in words: when what happens, if what holds, it does what."""

    id: str
    name: str
    when: str
    condition: str | None
    does: list[str]


class AutomationList(Shown):
    """The automations of a pipe's current version, in their order."""

    items: list[AutomationShown]


class RunShown(Shown):
    """One run of an automation: what set it off, what it did, how long it took.

    While a step that failed is tried again the run is `running`, with the reasons so far, how often
    it was tried, and when it is tried next.
    """

    id: str
    automation: str
    card: str | None
    event: str
    chain: list[CauseShown]
    state: Literal["running", "done", "failed"]
    did: list[str]
    reasons: list[str]
    tries: int
    next_try_at: datetime | None
    began_at: datetime
    ended_at: datetime | None


class RunPage(Shown):
    """Runs, the newest first."""

    items: list[RunShown]
    next_cursor: str | None


class RunReference(Body):
    """A run by its id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run": "0b6f1a52-93f0-4b5c/1/0/kickoff"}]}
    )
    run: Annotated[Text, Field(max_length=300)]


class CardReference(Body):
    """A card by its id or key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"card": "FEAT-12"}]})
    card: Annotated[Text, Field(max_length=100)]


class RehearsedStepShown(Shown):
    """What a step would do: to the card (`events`), or elsewhere (`fields` of so many `cards`, a
    mail with this `text`).
    """

    does: str
    events: list[str]
    fields: list[str]
    cards: int
    text: str
    reasons: list[ReasonShown]


class RehearsalShown(Shown):
    """What an automation would do to a card; nothing, where its condition does not hold."""

    holds: bool
    condition: str | None
    steps: list[RehearsedStepShown]


@router.get("/pipes/{pipe}/automations", summary="Automations", responses=problems(404))
async def list_automations(pipe: str, services: Has, person: Member) -> AutomationList:
    """The automations of the pipe's current version, in words."""
    require(person, "look")
    published = await published_pipe(services, pipe)
    await standing_in(services, person, PipeId(pipe))
    words = await automations_in_words(services, published)
    return AutomationList(
        items=[
            AutomationShown(
                id=each.id,
                name=each.name,
                when=each.on,
                condition=each.condition,
                does=list(each.does),
            )
            for each in words
        ]
    )


@router.get("/pipes/{pipe}/automations/runs", summary="Runs in a pipe", responses=problems(404))
async def list_runs(
    pipe: str,
    services: Has,
    person: Member,
    automation: Annotated[str | None, Query(max_length=100)] = None,
    state: Literal["running", "done", "failed"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RunPage:
    """The runs of a pipe's automations, for its admins."""
    await administered_pipe(services, person, pipe, to="see_runs")
    async with services.database.reading() as connection:
        found = await runs.of_pipe(
            connection,
            pipe,
            automation=automation,
            state=state,
            before=read_place(cursor),
            limit=limit + 1,
        )
    more = place_after(found[limit - 1]) if len(found) > limit else None
    return RunPage(items=[_shown(run) for run in found[:limit]], next_cursor=more)


@router.get("/cards/{card}/automations", summary="Runs because of a card", responses=problems(404))
async def list_runs_of_card(card: str, services: Has, person: Member, limit: Limit = 50) -> RunPage:
    """The latest runs that events of the card set off."""
    seen = await seen_card(services, person, card)
    async with services.database.reading() as connection:
        found = await runs.of_card(connection, seen.card.identity.id, limit=limit)
    return RunPage(items=[_shown(run) for run in found], next_cursor=None)


@router.post(
    "/pipes/{pipe}/automations/{automation}/dry-run",
    summary="What would it do",
    responses=problems(404),
)
async def dry_run(
    pipe: str, automation: str, body: CardReference, services: Has, person: Member
) -> RehearsalShown:
    """What an automation would do to a card, decided as always; nothing is done."""
    await administered_pipe(services, person, pipe, to="see_runs")
    seen = await seen_card(services, person, body.card)
    return _rehearsal(await rehearsed(services, person, seen, automation))


@router.post(
    "/pipes/{pipe}/automations/runs/again", summary="Run again", responses=problems(404, 409)
)
async def run_once_more(pipe: str, body: RunReference, services: Has, person: Member) -> RunShown:
    """Has a run that ended run again: from the step that failed, else from the beginning."""
    await administered_pipe(services, person, pipe, to="run_again")
    return _shown(await run_again(services, pipe, body.run))


@router.post(
    "/cards/{card}/buttons/{automation}", summary="Press a button", responses=problems(404, 409)
)
async def press_button(automation: str, sender: Sender) -> CardShown:
    """Sets off an automation that has a button on the card."""
    return await sender.send(PressButton(automation=AutomationId(automation)))


def read_place(cursor: str | None) -> tuple[datetime, str] | None:
    """The place in a list of runs that a cursor names.

    Raises:
        Problem: The cursor is none of ours.
    """
    if cursor is None:
        return None
    at, run = decode_cursor(cursor, (str, str))
    return instant_in(at), run


def place_after(run: Run) -> str:
    """The place after a run in the list."""
    return encode_cursor(run.began_at.isoformat(), run.order.id)


def _shown(run: Run) -> RunShown:
    return RunShown(
        id=run.order.id,
        automation=run.order.automation,
        card=run.order.card_key or None,
        event=run.order.event,
        chain=shown_chain(run.order.chain),
        state=run.state,
        did=list(run.done),
        reasons=list(run.reasons),
        tries=run.tries,
        next_try_at=run.next_try_at,
        began_at=run.began_at,
        ended_at=run.ended_at,
    )


def _rehearsal(rehearsal: Rehearsal) -> RehearsalShown:
    return RehearsalShown(
        holds=rehearsal.holds,
        condition=rehearsal.condition,
        steps=[
            RehearsedStepShown(
                does=step.said,
                events=[event.body.kind for event in step.events],
                fields=sorted(step.values or {}),
                cards=len(step.cards),
                text=step.text,
                reasons=[shown_reason(reason) for reason in step.reasons],
            )
            for step in rehearsal.steps
        ],
    )
