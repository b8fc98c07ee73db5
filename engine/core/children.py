"""Connected cards: linking and unlinking them, and what follows from how they stand."""

from collections.abc import Iterable, Mapping

from engine.core.card import Card
from engine.core.commands import LinkCards, UnlinkCards, Values
from engine.core.events import ChildrenDone, ChildrenOpen, FieldsChanged
from engine.core.facts import Question
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_deed
from engine.core.seen import references
from engine.core.story import Story
from engine.core.values import (
    finished,
    questions_values,
    record_changes,
    set_values,
    write_values,
)
from pipes.fields.field import ConnectionOptions
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, JsonValue

# --- linking --------------------------------------------------------------------------------------


def values_of_link(card: Card, wish: LinkCards | UnlinkCards) -> Values:
    """What the connection field holds once the wish is done."""
    known = references(card.values.get(wish.connection))
    match wish:
        case LinkCards(connection=name, cards=cards):
            return {name: list(dict.fromkeys((*known, *cards)))}
        case UnlinkCards(connection=name, cards=cards):
            return {name: [each for each in known if each not in cards]}


def questions_link(pipe: CompiledPipe, card: Card, wish: LinkCards | UnlinkCards) -> set[Question]:
    """What has to be known before cards can be linked or unlinked."""
    return questions_values(pipe, values_of_link(card, wish))


def decide_link(story: Story, wish: LinkCards | UnlinkCards) -> None:
    """Writes the connection field anew, by the rules for writing fields.

    An automation connects what it has created, wherever the card stands by then.
    """
    card, actor = story.card, story.command.actor
    story.against(reasons_against_deed("edit", actor, story.facts.actor, card))
    story.against(_reasons_against_connection(story.pipe, wish.connection))
    if story.reasons:
        return
    values = values_of_link(card, wish)
    if actor.kind == "automation":
        set_values(story, values)
    elif card.life.status != "open":
        story.against([finished(card)])
    else:
        write_values(story, values)


def _reasons_against_connection(pipe: CompiledPipe, name: FieldId) -> Iterable[Reason]:
    field = pipe.definition.fields.get(name)
    if field is None or not isinstance(field.options, ConnectionOptions):
        message = f"The pipe has no connection “{name[:80]}”."
        yield Reason(code=ReasonCode.UNKNOWN_FIELD, message=message, field=name)


# --- when they change -----------------------------------------------------------------------------


def settle_children(story: Story) -> None:
    """Works out what is rolled up of connected cards, and notes when the last of them has ended.

    That is noted of connections that an automation waits for, and where it is known how the cards
    stand; who learns of it later looks again.
    """
    if story.card.life.status != "open":
        return
    record_changes(story, {})
    for name in _waited_for(story.pipe):
        children = _known(story, name)
        if children is None:
            continue
        complete = _all_have_ended(children)
        if complete and name not in story.card.complete:
            story.happens(ChildrenDone(connection=name))
        elif not complete and name in story.card.complete:
            story.happens(ChildrenOpen(connection=name))


def connections_changed(story: Story) -> bool:
    """Whether other cards are connected than before."""
    named = story.pipe.connections
    return bool(named) and any(
        change.field in named
        for event in story.events
        if isinstance(event.body, FieldsChanged)
        for change in event.body.changes
    )


def _waited_for(pipe: CompiledPipe) -> list[FieldId]:
    return sorted(
        {
            each.on.connection
            for each in pipe.definition.automations
            if each.on.event == "children.done" and each.on.connection is not None
        }
    )


def _known(story: Story, name: FieldId) -> tuple[Mapping[str, JsonValue], ...] | None:
    named = references(story.card.values.get(name))
    if not named:
        return ()
    for pair in story.facts.children:
        if (pair.question.connection, pair.question.cards) == (name, named):
            return pair.answer
    return None


def _all_have_ended(children: tuple[Mapping[str, JsonValue], ...]) -> bool:
    """Whether none is open any more and at least one is done: cancelled ones hold up nobody."""
    statuses = {child["status"] for child in children}
    return "open" not in statuses and "done" in statuses
