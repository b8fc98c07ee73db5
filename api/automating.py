"""Automations for whoever asks: what there is, what ran, what would happen, and again."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from api.administering import require, require_token
from api.cards import SeenCard, published_pipe, standing_in
from api.problems import Problem, not_found
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.action_words import cron_beside_words, occasion, said, set_off_by
from engine.core.actors import automation_name, user
from engine.core.automatic import find_automation
from engine.core.effects import again
from engine.core.reasons import Reason
from engine.core.rights import Deed
from engine.gateway import Published
from engine.gateway.rehearsing import Rehearsal, rehearse
from engine.store import log, outbox, runs, turns
from engine.store.runs import Run
from pipes.definition import Automation, Definition
from pipes.identifiers import AutomationId, PipeId
from pipes.rules import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationInWords:
    """An automation: what sets it off, what has to hold, and what it does.

    Attributes:
        occasion: What sets it off, as the beginning of a sentence.
        cron: A schedule as it is written, where its words are others.
    """

    id: str
    name: str
    on: str
    occasion: str
    cron: str | None
    condition: str | None
    does: tuple[str, ...]


async def automations_in_words(
    services: Services, published: Published
) -> tuple[AutomationInWords, ...]:
    """The automations of a pipe as people say them, in their order."""
    definition = published.pipe.definition
    async with services.database.reading() as connection:
        others = await services.definitions.next_to(connection, definition)
    return tuple(_in_words(published, each, others) for each in definition.automations)


def _in_words(
    published: Published, automation: Automation, others: Mapping[PipeId, Definition]
) -> AutomationInWords:
    definition, condition = published.pipe.definition, automation.condition
    return AutomationInWords(
        id=automation.id,
        name=automation_name(automation.id),
        on=set_off_by(definition, automation.on),
        occasion=occasion(definition, automation.on),
        cron=cron_beside_words(automation.on),
        condition=None if condition is None else in_words(condition.tree, published.pipe.scope),
        does=tuple(said(definition, action, others) for action in automation.do),
    )


async def administered_pipe(
    services: Services, person: SignedIn, pipe: str, *, to: Deed
) -> Published:
    """The pipe's current version, for one of its admins.

    Raises:
        Problem: There is no such pipe, or it is not this person's to administer.
    """
    require_token(person, to)
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    require(person, to, standing)
    return published


async def rehearsed(
    services: Services, person: SignedIn, seen: SeenCard, automation: str
) -> Rehearsal:
    """What an automation would do to a card, if this person set it off now.

    Raises:
        Problem: The card's version of the pipe has no such automation.
    """
    found = find_automation(seen.published.pipe, AutomationId(automation))
    if isinstance(found, Reason):
        raise not_found("automation")
    async with services.database.reading() as connection:
        others = await services.definitions.next_to(connection, seen.published.pipe.definition)
        return await rehearse(
            connection,
            seen.published,
            seen.card,
            found,
            others=others,
            by=user(person.id),
            at=now(),
            pages=services.settings.address,
        )


async def run_again(services: Services, pipe: str, run: str) -> Run:
    """Has an ended run run again: from where it failed, else from its beginning.

    Raises:
        Problem: There is no such run in the pipe, or it cannot run again.
    """
    async with services.database.writing() as connection:
        found = await runs.read(connection, run)
        if found is None or found.pipe != pipe:
            raise not_found("run")
        order = again(found.order, found.failed_step or 0, f"again-{uuid.uuid4().hex[:12]}")
        if found.state == "running":
            raise Problem(409, "still_running", "It still runs; it can be run again once it ended.")
        if order is None:
            raise Problem(409, "no_card", "It ran by schedule, for no card: wait for its time.")
        await outbox.write(connection, [order], at=now())
        stored = await log.load_card(connection, order.card)
        if stored is not None:
            published = await services.definitions.of_card(connection, stored.card)
            definition = published.pipe.definition
            await turns.reserve(connection, definition, stored.card, [order], at=now())
    return found
