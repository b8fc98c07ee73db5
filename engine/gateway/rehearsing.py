"""What an automation would do to a card at this moment: decided as always, and nothing is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from engine.core.action_words import said
from engine.core.actors import Actor
from engine.core.automations import StepOnCard, steps
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, RunActions, Values
from engine.core.decide import Events
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.core.moving import questions_children
from engine.core.reasons import Reason, Rejection
from engine.core.seen import data_for_rules, references
from engine.core.values import worked_out
from engine.gateway.definitions import Published
from engine.gateway.gathering import decide_gathering, gather_looking, look
from engine.store.database import AsyncConnection
from pipes.actions import Action, CreateConnectedCard, UpdateConnected
from pipes.definition import Automation
from pipes.forms import RuleData
from pipes.identifiers import Instant
from pipes.rules import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedStep:
    """What a step would do.

    Attributes:
        events: What would happen to the card itself.
        values: What would be written to other cards, or to one that is created.
        cards: Which cards would be written.
        reasons: Why it would be refused; nothing after it would be done.
    """

    said: str
    events: tuple[Event, ...] = ()
    values: Values | None = None
    cards: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What an automation would do; nothing, where its condition does not hold."""

    holds: bool
    condition: str | None
    steps: tuple[RehearsedStep, ...]


async def rehearse(
    connection: AsyncConnection,
    published: Published,
    card: Card,
    automation: Automation,
    *,
    by: Actor,
    at: Instant,
    pages: str,
) -> Rehearsal:
    """What the automation would do if this person had set it off now; texts have links to where
    people reach the pages.
    """
    pipe, condition = published.pipe, automation.condition
    words = None if condition is None else in_words(condition.tree, pipe.scope)
    data = await _seen(connection, published, card, by, at)
    if condition is not None and not condition.holds(data):
        return Rehearsal(holds=False, condition=words, steps=())
    found: list[RehearsedStep] = []
    for step in steps(automation.do):
        if isinstance(step, StepOnCard):
            wish = RunActions(automation=automation.id, first=step.first, end=step.end, by=by)
            command = Command(
                key=CommandKey("rehearsal"),
                actor=Actor(kind="automation", id=automation.id),
                wish=wish,
            )
            outcome = await _decided(connection, published, card, command, at, pages=pages)
            found.append(_on_card(published, automation.do[step.first : step.end], outcome))
            for event in found[-1].events:
                card = evolve(card, event)
        else:
            data = await _seen(connection, published, card, by, at)
            found.append(_elsewhere(published, card, automation.do[step.index], data))
        if found[-1].reasons:
            break
    return Rehearsal(holds=True, condition=words, steps=tuple(found))


async def _decided(
    connection: AsyncConnection,
    published: Published,
    card: Card,
    command: Command,
    at: Instant,
    *,
    pages: str,
) -> Events | Rejection:
    gather = partial(gather_looking, connection, published, card, command, at, pages=pages)
    _, outcome = await decide_gathering(
        published, card, command, lambda besides: gather(besides=besides)
    )
    return outcome


async def _seen(
    connection: AsyncConnection, published: Published, card: Card, by: Actor, at: Instant
) -> RuleData:
    asked = questions_children(published.pipe, card)
    facts = await look(connection, published, card=card.identity.id, actor=by, at=at, asked=asked)
    return data_for_rules(published.pipe, card, facts, card.values)


def _on_card(
    published: Published, actions: Sequence[Action], outcome: Events | Rejection
) -> RehearsedStep:
    words = ", ".join(said(published.pipe.definition, action) for action in actions)
    if isinstance(outcome, Rejection):
        return RehearsedStep(said=words, reasons=outcome.reasons)
    return RehearsedStep(said=words, events=outcome)


def _elsewhere(published: Published, card: Card, action: Action, data: RuleData) -> RehearsedStep:
    words = said(published.pipe.definition, action)
    match action:
        case CreateConnectedCard(fields=fields):
            return RehearsedStep(said=words, values=worked_out(fields, data))
        case UpdateConnected(connection=name, fields=fields):
            cards = references(card.values.get(name))
            return RehearsedStep(said=words, values=worked_out(fields, data), cards=cards)
        case _:
            return RehearsedStep(said=words)
