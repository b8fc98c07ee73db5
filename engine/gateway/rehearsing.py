"""What an automation would do to a card at this moment: decided as always, and nothing is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from engine.core.action_words import reader, said
from engine.core.actors import Actor
from engine.core.automations import StepOnCard, steps
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, RunActions, Values
from engine.core.decide import Events
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.core.facts import Facts
from engine.core.moving import questions_children
from engine.core.reasons import Reason, ReasonCode, Rejection
from engine.core.rights import hidden_fields
from engine.core.seen import data_for_rules, references
from engine.core.template_values import people_named, template_values
from engine.core.values import worked_out
from engine.gateway.definitions import Published
from engine.gateway.gathering import decide_gathering, gather_looking, look
from engine.store import people
from engine.store.database import AsyncConnection
from engine.templates import TemplateFault, render, render_line
from pipes.actions import Action, CreateConnectedCard, SendEmail, UpdateConnected
from pipes.definition import Automation, Definition
from pipes.identifiers import Instant, JsonValue, PipeId
from pipes.rules import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedStep:
    """What a step would do.

    Attributes:
        events: What would happen to the card itself.
        values: What would be written to other cards, or to one that is created.
        cards: Which cards would be written.
        text: What would be written to people, as far as whoever asks may read it.
        reasons: Why it would be refused; nothing after it would be done.
    """

    said: str
    events: tuple[Event, ...] = ()
    values: Values | None = None
    cards: tuple[str, ...] = ()
    text: str = ""
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
    others: Mapping[PipeId, Definition],
    by: Actor,
    at: Instant,
    pages: str,
) -> Rehearsal:
    """What the automation would do if this person had set it off now.

    Args:
        others: The pipes that the definition names, by which they are called.
        pages: Where people reach the pages: texts have links to there.
    """
    pipe, condition = published.pipe, automation.condition
    words = None if condition is None else in_words(condition.tree, pipe.scope)
    facts = await _looked(connection, published, card, by, at)
    data = data_for_rules(pipe, card, facts, card.values)
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
            facts = await _looked(connection, published, card, by, at)
            action = automation.do[step.index]
            if isinstance(action, SendEmail):
                names = await people.names(connection, people_named(pipe.definition, card, by))
                texts = _texts(published, card, facts, by=by, names=names, pages=pages)
                found.append(_mail(pipe.definition, action, texts))
            else:
                found.append(_elsewhere(published, card, action, facts, others))
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


async def _looked(
    connection: AsyncConnection, published: Published, card: Card, by: Actor, at: Instant
) -> Facts:
    asked = questions_children(published.pipe, card)
    return await look(connection, published, card=card.identity.id, actor=by, at=at, asked=asked)


def _on_card(
    published: Published, actions: Sequence[Action], outcome: Events | Rejection
) -> RehearsedStep:
    words = ", ".join(said(published.pipe.definition, action) for action in actions)
    if isinstance(outcome, Rejection):
        return RehearsedStep(said=words, reasons=outcome.reasons)
    return RehearsedStep(said=words, events=outcome)


def _elsewhere(
    published: Published,
    card: Card,
    action: Action,
    facts: Facts,
    others: Mapping[PipeId, Definition],
) -> RehearsedStep:
    data = data_for_rules(published.pipe, card, facts, card.values)
    words = said(published.pipe.definition, action, others)
    match action:
        case CreateConnectedCard(fields=fields):
            return RehearsedStep(said=words, values=worked_out(fields, data))
        case UpdateConnected(connection=name, fields=fields):
            cards = references(card.values.get(name))
            return RehearsedStep(said=words, values=worked_out(fields, data), cards=cards)
        case _:
            return RehearsedStep(said=words)


def _texts(
    published: Published,
    card: Card,
    facts: Facts,
    *,
    by: Actor,
    names: Mapping[str, str],
    pages: str,
) -> Mapping[str, JsonValue]:
    """What texts are filled with; nothing that whoever asks may not see."""
    definition = published.pipe.definition
    return template_values(
        definition,
        card,
        hidden=hidden_fields(definition, facts.actor, card),
        address=pages,
        names=names,
        actor=by,
        today=facts.today,
    )


def _mail(
    definition: Definition, action: SendEmail, values: Mapping[str, JsonValue]
) -> RehearsedStep:
    try:
        readers = [render_line(each, values, "data") for each in action.to]
        subject = render_line(action.subject, values, "text")
        text = render(action.body, values, "text")
    except TemplateFault as fault:
        reason = Reason(code=ReasonCode.TOO_LONG, message=str(fault))
        return RehearsedStep(said="sends an e-mail", reasons=(reason,))
    told = ", ".join(reader(definition, each) for each in readers if each) or "nobody"
    return RehearsedStep(said=f"sends “{subject}” to {told}", text=text)
