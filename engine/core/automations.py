"""Automations: which ones an event sets off, when their conditions hold, and their steps."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.core.actors import automation_name
from engine.core.approval_events import ApprovalRequested, RequestApproved, RequestRejected
from engine.core.card import Card
from engine.core.clock_events import SlaBreached, SlaWarned
from engine.core.clock_names import phase_clock
from engine.core.commands import Cause
from engine.core.events import ButtonPressed, CardMoved, ChildrenDone, Event, FieldsChanged
from engine.core.facts import Facts
from engine.core.handoff_events import HandoffReturned
from engine.core.seen import data_for_rules
from engine.core.texts import says_more
from pipes.actions import (
    Action,
    CallWebhook,
    CreateConnectedCard,
    Notify,
    SendEmail,
    SendRequest,
    TakeTransition,
    UpdateConnected,
    WriteComment,
)
from pipes.definition import Automation, Trigger
from pipes.forms import CompiledPipe
from pipes.identifiers import AutomationId, Instant
from pipes.rules import names_used

# A longer chain of automations is taken to go on for ever.
MOST_LINKS = 16

type Delivery = SendEmail | CallWebhook | SendRequest
type Elsewhere = CreateConnectedCard | UpdateConnected | Delivery


# --- what an event sets off -----------------------------------------------------------------------


def set_off(
    pipe: CompiledPipe, before: Card | None, event: Event, after: Card
) -> tuple[AutomationId, ...]:
    """The automations that an event sets off, in the definition's order.

    Conditions over the card alone are judged here, as the event left it; what they want to know of
    people and connected cards is found out when the automation runs.
    """
    if not _is_heeded(pipe.definition.heeded, before, event, after):
        return ()
    return tuple(
        each.id
        for each in pipe.definition.automations
        if _reacts(each, before, event, after) and _may_hold(pipe, each, after, event.at)
    )


def _is_heeded(heeded: Container[str], before: Card | None, event: Event, after: Card) -> bool:
    """Whether any automation may react: triggers call an event by its kind, or by its meaning."""
    if event.body.kind in heeded:
        return True
    if isinstance(event.body, ButtonPressed):
        return "button" in heeded
    if before is not None and before.stay.visit == after.stay.visit:
        return False
    return "card.entered_phase" in heeded or "card.left_phase" in heeded


def _reacts(each: Automation, before: Card | None, event: Event, after: Card) -> bool:
    on, body = each.on, event.body
    match on.event:
        case "card.entered_phase":
            entered = before is None or before.stay.visit != after.stay.visit
            return entered and on.phase in (None, after.stay.phase) and _came_by(on, event)
        case "card.left_phase":
            if before is None or before.stay.visit == after.stay.visit:
                return False
            return on.phase in (None, before.stay.phase) and _came_by(on, event)
        case "button":
            return isinstance(body, ButtonPressed) and body.automation == each.id
        case "field.changed":
            if not isinstance(body, FieldsChanged) or not _is_in_phase(on, after):
                return False
            return any(change.field in on.fields for change in body.changes)
        case "children.done":
            if not isinstance(body, ChildrenDone) or not _is_in_phase(on, after):
                return False
            return body.connection == on.connection
        case "sla.warning" | "sla.breached":
            if not isinstance(body, SlaWarned | SlaBreached) or body.kind != on.event:
                return False
            return on.phase is None or body.clock == phase_clock(on.phase)
        case _:
            return body.kind == on.event and _fits(on, event, after)


def _fits(on: Trigger, event: Event, after: Card) -> bool:
    match event.body:
        case (
            ApprovalRequested(transition=transition)
            | RequestApproved(transition=transition)
            | RequestRejected(transition=transition)
        ):
            return on.transition in (None, transition) and _is_in_phase(on, after)
        case HandoffReturned(source=source):
            return on.phase in (None, source)
        case _:
            return _is_in_phase(on, after)


def _is_in_phase(on: Trigger, card: Card) -> bool:
    return on.phase in (None, card.stay.phase)


def _came_by(on: Trigger, event: Event) -> bool:
    if on.transition is None:
        return True
    return isinstance(event.body, CardMoved) and event.body.transition == on.transition


def is_for(pipe: CompiledPipe, each: Automation, card: Card, at: Instant) -> bool:
    """Whether an automation whose time has come is for this card."""
    return (
        each.on.event == "schedule"
        and card.life.status == "open"
        and _is_in_phase(each.on, card)
        and _may_hold(pipe, each, card, at)
    )


def only_creates(each: Automation) -> bool:
    """Whether a scheduled automation is about no card, but creates some."""
    return (
        each.on.event == "schedule"
        and each.condition is None
        and each.on.phase is None
        and all(isinstance(do, CreateConnectedCard) and do.connect is None for do in each.do)
    )


# --- conditions -----------------------------------------------------------------------------------


def is_judged_at_once(each: Automation) -> bool:
    """Whether the condition needs nothing but the card, so that the event itself can tell."""
    return each.condition is None or all(
        name.split(".")[0] in ("fields", "card", "now") for name in names_used(each.condition.tree)
    )


def _may_hold(pipe: CompiledPipe, each: Automation, card: Card, at: Instant) -> bool:
    if each.condition is None or not is_judged_at_once(each):
        return True
    moment = Facts(as_of=at, today=at.date())
    return each.condition.holds(data_for_rules(pipe, card, moment, card.values))


# --- what they do, step by step -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOnCard:
    """Actions on the card itself, from the place `first` to before `end`: done as one, or not."""

    first: int
    end: int
    kind: Literal["on_card"] = "on_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepElsewhere:
    """An action that leaves the card, by its place."""

    index: int
    kind: Literal["elsewhere"] = "elsewhere"


type Step = StepOnCard | StepElsewhere


def steps(actions: Sequence[Action]) -> tuple[Step, ...]:
    """The actions in their order, those on the card taken together.

    A move stands alone, and a text that says something of the card begins anew: what has to be
    known for them depends on what was done before.
    """
    found: list[Step] = []
    for index, action in enumerate(actions):
        last = found[-1] if found else None
        if leaves_card(action):
            found.append(StepElsewhere(index=index))
        elif isinstance(last, StepOnCard) and not (
            _is_move(action, actions[last.first]) or _tells(action)
        ):
            found[-1] = StepOnCard(first=last.first, end=index + 1)
        else:
            found.append(StepOnCard(first=index, end=index + 1))
    return tuple(found)


def leaves_card(action: Action) -> bool:
    """Whether it is done elsewhere than on the card itself."""
    return isinstance(
        action, CreateConnectedCard | UpdateConnected | SendEmail | CallWebhook | SendRequest
    )


def _is_move(*actions: Action) -> bool:
    return any(isinstance(action, TakeTransition) for action in actions)


def _tells(action: Action) -> bool:
    return isinstance(action, WriteComment | Notify) and says_more(action.text)


# --- chains ---------------------------------------------------------------------------------------


def story_of(chain: Sequence[Cause]) -> str:
    """How one thing led to the other, for whoever has to stop it."""
    return " → ".join(f"{each.card} “{link_name(each)}”" for each in chain)


def link_name(cause: Cause) -> str:
    """Through what one thing led to the next: the automation by its name, or a connection."""
    return "connected cards" if cause.through is None else automation_name(cause.through)


def goes_on_for_ever(chain: Sequence[Cause]) -> str | None:
    """Why nothing more may follow by itself from what a chain led to; None while it may."""
    if len(chain) < MOST_LINKS:
        return None
    return f"The chain of automations has {len(chain)} links and was stopped: {story_of(chain)}."
