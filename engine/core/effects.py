"""What has to be done outside a card because of what happened to it: named here, done elsewhere.

What is named is written down in the transaction that records the event, and done by a workflow of
its own. It is remembered until then, so it is only ever added to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Literal

from pydantic import Discriminator

from engine.core.actors import Actor
from engine.core.automations import StepElsewhere, set_off, steps
from engine.core.card import Card
from engine.core.commands import Cause
from engine.core.events import (
    CardCancelled,
    CardCreated,
    CardDone,
    CardMoved,
    CardReopened,
    Event,
    FieldsChanged,
)
from engine.core.handoff_events import HandoffReturned
from engine.core.notices import Notice, notices
from pipes.actions import CallWebhook, SendRequest
from pipes.definition import Definition
from pipes.forms import CompiledPipe
from pipes.identifiers import AutomationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPeople:
    """People are told of the event, each in their own words."""

    notices: tuple[Notice, ...]
    kind: Literal["tell_people"] = "tell_people"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAutomations:
    """Automations are run, in this order.

    Attributes:
        card_key: The key of the card that the event happened to.
        event: What kind of event it was.
        by: Who did what set them off.
        chain: What led to the event by itself.
        first_step: Where to begin; one that is run again goes on where it failed.
    """

    automations: tuple[AutomationId, ...]
    card_key: str
    event: str
    by: Actor
    chain: tuple[Cause, ...] = ()
    first_step: int = 0
    kind: Literal["run_automations"] = "run_automations"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgainAt:
    """Something around a card has changed, so that it looks again at what it does by itself.

    Many that concern one card become one look.
    """

    card: str
    chain: tuple[Cause, ...] = ()
    kind: Literal["look_again_at"] = "look_again_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWebhooks:
    """What is written down for an endpoint is sent, in the order of the card's events."""

    endpoint: str
    kind: Literal["send_webhooks"] = "send_webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDelegate:
    """The delegate of somebody who has gone on leave is told of the request that waits."""

    person: UserId
    delegate: UserId
    kind: Literal["tell_delegate"] = "tell_delegate"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """A mail that somebody wrote from the card is sent: the delivery of that id."""

    delivery: str
    kind: Literal["send_mail"] = "send_mail"


# Further kinds join with `|`.
type Effect = Annotated[
    TellPeople | RunAutomations | LookAgainAt | SendWebhooks | SendMail | TellDelegate,
    Discriminator("kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectOrder:
    """Something to be done because of an event.

    Attributes:
        card: The id of the card that the event happened to.
        sequence: The event's number.
        position: Its place among what follows from the event.
        occasion: What tells it from others that follow from the same event at other times: those
            of a schedule, and what is done again.
    """

    card: str
    sequence: int
    position: int
    effect: Effect
    occasion: str = ""

    @property
    def id(self) -> str:
        """What it is known by: a repeat of it has the same."""
        place = f"{self.card}/{self.sequence}/{self.position}"
        return f"{place}/{self.occasion}" if self.occasion else place


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """One automation that is to be run.

    Attributes:
        id: What it is known by; what it does is known by ids that begin with it.
        card: The id of the card; None where a schedule creates one.
        event: What kind of event it was, and its number.
        chain: What led to it by itself; the automation is the last link.
    """

    id: str
    automation: AutomationId
    card: str | None
    card_key: str
    sequence: int
    event: str
    by: Actor
    chain: tuple[Cause, ...]
    first_step: int = 0


def run_orders(order: EffectOrder, effect: RunAutomations) -> tuple[RunOrder, ...]:
    """The automations that an order is about, each on its own."""
    return tuple(
        RunOrder(
            id=f"{order.id}/{automation}",
            automation=automation,
            card=order.card,
            card_key=effect.card_key,
            sequence=order.sequence,
            event=effect.event,
            by=effect.by,
            chain=(
                *effect.chain,
                Cause(card=effect.card_key, event=order.sequence, through=automation),
            ),
            first_step=effect.first_step,
        )
        for automation in effect.automations
    )


def step_id(run: RunOrder, action: int) -> str:
    """What a step that sends something is known by: the automation's action at that place."""
    return f"{run.id}/{action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A webhook that an automation is going to send: nothing that comes later overtakes it.

    Attributes:
        step: What the step that sends it is known by.
        position: Its place among the webhooks of the same event.
    """

    step: str
    run: str
    call: CallWebhook
    position: int


def turns(definition: Definition, order: EffectOrder) -> Iterator[Turn]:
    """The webhooks that automations will send because of an order, in their order.

    What comes after a request waits for an answer from outside, and nothing waits for it.
    """
    if not isinstance(order.effect, RunAutomations):
        return
    known = {each.id: each for each in definition.automations}
    places = count()
    for run in run_orders(order, order.effect):
        automation = known.get(run.automation)
        if automation is None:
            continue
        for step in steps(automation.do)[run.first_step :]:
            action = automation.do[step.index] if isinstance(step, StepElsewhere) else None
            if isinstance(step, StepElsewhere) and isinstance(action, CallWebhook):
                name = step_id(run, step.index)
                yield Turn(step=name, run=run.id, call=action, position=next(places))
            elif isinstance(action, SendRequest):
                break


def again(order: RunOrder, first_step: int, occasion: str) -> EffectOrder | None:
    """What runs an automation again from a step on; None where there is no card to run it for."""
    if order.card is None:
        return None
    effect = _running(order, (order.automation,), first_step)
    return EffectOrder(
        card=order.card, sequence=order.sequence, position=0, effect=effect, occasion=occasion
    )


def resumed(orders: Iterable[RunOrder]) -> tuple[EffectOrder, ...]:
    """What runs automations on that were in their midst: the orders from which they began, for
    these runs alone. They have the ids of then, so that what has been done is not done twice.
    """
    groups: dict[str, list[RunOrder]] = {}
    for order in orders:
        if order.card is not None:
            groups.setdefault(order.id.removesuffix(f"/{order.automation}"), []).append(order)
    return tuple(_resumed(name, group) for name, group in groups.items())


def _resumed(name: str, group: list[RunOrder]) -> EffectOrder:
    card, sequence, position, *occasion = name.split("/", 3)
    automations = tuple(order.automation for order in group)
    return EffectOrder(
        card=card,
        sequence=int(sequence),
        position=int(position),
        effect=_running(group[0], automations, group[0].first_step),
        occasion="".join(occasion),
    )


def _running(
    order: RunOrder, automations: tuple[AutomationId, ...], first_step: int
) -> RunAutomations:
    """Runs of automations because of what an order came from."""
    return RunAutomations(
        automations=automations,
        card_key=order.card_key,
        event=order.event,
        by=order.by,
        chain=order.chain[:-1],
        first_step=first_step,
    )


def effects(
    pipe: CompiledPipe, before: Card | None, event: Event, after: Card
) -> tuple[EffectOrder, ...]:
    """What has to be done because of an event that made of the card what it is after."""
    return tuple(
        EffectOrder(
            card=after.identity.id, sequence=event.sequence, position=position, effect=effect
        )
        for position, effect in enumerate(_effects(pipe, before, event, after))
    )


def _effects(
    pipe: CompiledPipe, before: Card | None, event: Event, after: Card
) -> Iterator[Effect]:
    told = notices(pipe, before, event)
    if told:
        yield TellPeople(notices=told)
    automations = set_off(pipe, before, event, after)
    if automations:
        yield RunAutomations(
            automations=automations,
            card_key=after.identity.key,
            event=event.body.kind,
            by=event.actor,
            chain=event.chain,
        )
    if pipe.heeds_children and changes_its_look(event) and _has_children(pipe, after):
        # What it knew of its children may have been overtaken while it decided.
        yield look_again_at(after.identity.id, after, event)


def changes_its_look(event: Event) -> bool:
    """Whether cards that know this one see something else of it than before."""
    return isinstance(
        event.body,
        CardCreated
        | CardMoved
        | CardDone
        | CardCancelled
        | CardReopened
        | HandoffReturned
        | FieldsChanged,
    )


def look_again_at(card: str, changed: Card, event: Event) -> LookAgainAt:
    """That a card looks again because one that it knows has changed."""
    cause = Cause(card=changed.identity.key, event=event.sequence)
    return LookAgainAt(card=card, chain=(*event.chain, cause))


def _has_children(pipe: CompiledPipe, card: Card) -> bool:
    return any(card.values.get(name) for name in pipe.connections)
