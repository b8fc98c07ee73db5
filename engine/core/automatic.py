"""The commands that automations give to cards, and the button by which people set one off."""

from dataclasses import dataclass

from engine.core.actors import Actor
from engine.core.card import Card
from engine.core.commands import (
    Command,
    CommandKey,
    NoteFailure,
    PressButton,
    RunActions,
    Values,
    WriteFields,
)
from engine.core.doing import foreseeable, perform, questions_performing
from engine.core.events import ActionRefused, ButtonPressed
from engine.core.facts import Facts, Question
from engine.core.moving import questions_children
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import addresses_any, in_words, reasons_against_deed
from engine.core.story import Story
from engine.core.values import finished, questions_values, set_values
from pipes.actions import Action, SetFields
from pipes.definition import Automation
from pipes.forms import CompiledPipe
from pipes.identifiers import AutomationId


def find_automation(pipe: CompiledPipe, name: AutomationId) -> Automation | Reason:
    """The automation of that id, or why there is none."""
    for each in pipe.definition.automations:
        if each.id == name:
            return each
    message = f"The pipe has no automation “{name[:80]}”."
    return Reason(code=ReasonCode.UNKNOWN_AUTOMATION, message=message)


# --- buttons --------------------------------------------------------------------------------------


def buttons(pipe: CompiledPipe, card: Card) -> tuple[Automation, ...]:
    """The automations with a button where the card stands."""
    return tuple(
        each
        for each in pipe.definition.automations
        if each.on.event == "button" and each.on.phase in (None, card.stay.phase)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button on a card; it can be pressed if no reasons stand against that."""

    automation: AutomationId
    label: str
    reasons: tuple[Reason, ...]


def buttons_for(pipe: CompiledPipe, card: Card, actor: Actor, facts: Facts) -> tuple[Button, ...]:
    """The buttons that somebody has on the card where it stands, with what is against each."""
    found = []
    for each in buttons(pipe, card):
        wish = PressButton(automation=each.id)
        command = Command(key=CommandKey("explained"), actor=actor, wish=wish)
        story = Story(pipe, command, facts, card)
        reasons = reasons_against_pressing(story, each)
        if not any(reason.code == ReasonCode.NOT_ALLOWED for reason in reasons):
            label = each.on.label or each.id
            found.append(Button(automation=each.id, label=label, reasons=tuple(reasons)))
    return tuple(found)


def decide_press(story: Story, wish: PressButton) -> None:
    """Sets an automation off, if whoever presses may, and its condition holds."""
    found = find_automation(story.pipe, wish.automation)
    if isinstance(found, Reason):
        story.against([found])
        return
    story.against(reasons_against_pressing(story, found))
    if not story.reasons:
        story.happens(ButtonPressed(automation=found.id, label=found.on.label or found.id))


def reasons_against_pressing(story: Story, automation: Automation) -> list[Reason]:
    """Why the button cannot be pressed at this moment; empty if it can."""
    card, label = story.card, automation.on.label or automation.id
    reasons = _reasons_against_presser(story, automation)
    if card.life.status != "open":
        reasons.append(finished(card))
    if automation not in buttons(story.pipe, card):
        message = f"“{label}” is no button where the card stands."
        reasons.append(Reason(code=ReasonCode.NO_SUCH_WAY, message=message))
    if automation.condition is not None and not automation.condition.holds(story.data()):
        message = f"“{label}” is not possible yet."
        reasons.append(Reason(code=ReasonCode.CONDITION, message=message))
    return reasons


def _reasons_against_presser(story: Story, automation: Automation) -> list[Reason]:
    actor, standing = story.command.actor, story.facts.actor
    if not automation.on.by:
        return reasons_against_deed("move", actor, standing, story.card)
    if standing is not None and addresses_any(automation.on.by, standing, story.card):
        return []
    allowed = in_words(story.pipe.definition, automation.on.by)
    message = f"“{automation.on.label}” can be pressed by {allowed}."
    return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]


# --- what automations do --------------------------------------------------------------------------


def actions_of(pipe: CompiledPipe, wish: RunActions) -> tuple[Action, ...]:
    """The actions that are meant; none of an automation that is there no more."""
    found = find_automation(pipe, wish.automation)
    return () if isinstance(found, Reason) else found.do[wish.first : wish.end]


def questions_running(pipe: CompiledPipe, card: Card, wish: RunActions) -> set[Question]:
    """What has to be known before the actions can be done."""
    return questions_performing(pipe, card, actions_of(pipe, wish), wish.by)


def set_by(pipe: CompiledPipe, card: Card, wish: RunActions) -> Values:
    """The values that the actions will write, as far as they can be foreseen."""
    return {
        name: value
        for action in actions_of(pipe, wish)
        if isinstance(action, SetFields)
        for name, value in foreseeable(pipe, card, action.fields, wish.by).items()
    }


def decide_run(story: Story, wish: RunActions) -> None:
    """Does the actions, all or none: what one of them cannot do turns the command away."""
    found = find_automation(story.pipe, wish.automation)
    if isinstance(found, Reason):
        story.against([found])
    else:
        perform(story, found.do[wish.first : wish.end])


def questions_writing(pipe: CompiledPipe, card: Card, wish: WriteFields) -> set[Question]:
    """What has to be known before the fields can be written."""
    return questions_values(pipe, wish.values) | questions_children(pipe, card)


def decide_write(story: Story, wish: WriteFields) -> None:
    """Writes fields of a card that another card's automation, or an answer from outside, fills."""
    if story.card.life.status != "open":
        story.against([finished(story.card)])
    else:
        set_values(story, wish.values)


def decide_note_failure(story: Story, wish: NoteFailure) -> None:
    """Keeps what could not be done."""
    story.happens(
        ActionRefused(action=wish.action, reasons=wish.reasons, automation=wish.automation)
    )
