"""What escalations and automations do to a card, in the card's own terms.

What leaves the card (messages, requests, other cards) is not done here.
"""

from collections.abc import Iterable
from datetime import datetime

from engine.core.actors import ENGINE, Actor
from engine.core.addressees import people_behind, questions_people
from engine.core.approvals import questions_deciding
from engine.core.card import Card
from engine.core.commands import MoveCard, RunActions
from engine.core.comments import LONGEST_COMMENT, mentions_in
from engine.core.events import (
    ActionRefused,
    CardAssigned,
    CommentAdded,
    DueChanged,
    LabelsChanged,
    PeopleNotified,
    PriorityChanged,
)
from engine.core.facts import DeadlineOf, Facts, NextOf, Question, answer
from engine.core.gates import find_transition, reasons_against_move
from engine.core.moving import questions_children, questions_taking, set_out
from engine.core.reasons import Reason, ReasonCode
from engine.core.seen import data_for_rules
from engine.core.story import Story
from engine.core.texts import question_text, wording
from engine.core.values import (
    as_kept,
    finished,
    questions_values,
    reasons_against_setting,
    record_changes,
)
from pipes.actions import (
    Action,
    AddLabel,
    Assign,
    Assignments,
    Expression,
    Notify,
    RemoveLabel,
    SetDue,
    SetFields,
    SetPriority,
    TakeTransition,
    Unassign,
    WriteComment,
)
from pipes.durations import Duration
from pipes.fields.field import Constant
from pipes.forms import CompiledPipe, RuleData
from pipes.identifiers import FieldId, Instant, JsonValue, UserId
from pipes.rules import names_used


def questions_performing(
    pipe: CompiledPipe, card: Card, actions: Iterable[Action], by: Actor = ENGINE
) -> set[Question]:
    """What has to be known before these can be done; `by` is who set them off."""
    asked: set[Question] = set()
    for action in actions:
        match action:
            case SetFields(fields=fields):
                asked |= questions_values(pipe, foreseeable(pipe, card, fields, by))
                asked |= questions_children(pipe, card) | questions_deciding(pipe, card)
            case Assign(to=to):
                asked |= questions_people(pipe.definition, card.values, to)
                picked = _picked_by(action)
                asked |= {picked} if picked is not None else set()
                asked |= questions_deciding(pipe, card)
            case Unassign(who=who):
                asked |= questions_people(pipe.definition, card.values, who)
                asked |= questions_deciding(pipe, card)
            case SetDue(due=Duration() as length):
                asked.add(_so_long(pipe, card, length))
            case TakeTransition(transition=name):
                transition = pipe.definition.transitions_by_id.get(name)
                asked |= questions_children(pipe, card)
                if transition is not None:
                    asked |= questions_taking(pipe, card, transition)
            case WriteComment(text=text) | Notify(text=text):
                said = question_text(text, card, by)
                asked |= {said} if said is not None else set()
            case _:
                continue
    return asked


def perform(story: Story, actions: Iterable[Action]) -> None:
    """Does them in order.

    One that cannot be done turns an automation's command away, so that it can be tried again; of an
    escalation's it is noted, and holds up none of the others.
    """
    for action in actions:
        is_open = story.card.life.status == "open"
        if is_open or isinstance(action, WriteComment | Notify):  # People still read those.
            _perform(story, action)
        else:
            _refused(story, "go on", [finished(story.card)])


def _perform(story: Story, action: Action) -> None:
    work = story.card.work
    match action:
        case SetFields(fields=fields):
            _set(story, fields)
        case Assign():
            _assign(story, action)
        case Unassign(who=who):
            people = people_behind(story.pipe.definition, story.card, story.facts, who)
            left = tuple(each for each in work.assignees if who and each not in people)
            _make_assignees(story, left)
        case AddLabel(label=label):
            if label not in work.labels:
                labels = (*work.labels, label)
                story.happens(LabelsChanged(labels=labels, before=work.labels))
        case RemoveLabel(label=label):
            if label in work.labels:
                rest = tuple(each for each in work.labels if each != label)
                story.happens(LabelsChanged(labels=rest, before=work.labels))
        case SetPriority(priority=priority):
            if priority != work.priority:
                story.happens(PriorityChanged(priority=priority, before=work.priority))
        case SetDue():
            due = _due(story, action)
            if due is not None and due != work.due:
                story.happens(DueChanged(due=due, before=work.due))
        case TakeTransition():
            _move(story, action)
        case WriteComment(text=text):
            said = _said(story, text)
            if said:
                story.happens(CommentAdded(text=said, mentions=mentions_in(said)))
        case Notify(to=to, text=text):
            said = _said(story, text)
            if said:
                story.happens(PeopleNotified(to=tuple(map(str, to)), text=said))
        case _:
            return


def _said(story: Story, text: str) -> str:
    """What a text says of the card as the command found it; nothing where it cannot be said."""
    wish = story.command.wish
    by = wish.by if isinstance(wish, RunActions) else ENGINE
    found = wording(text, story.start or story.card, by, story.facts)
    fault = found.fault
    if fault is None and len(found.text) > LONGEST_COMMENT:
        fault = f"The text has {len(found.text)} characters; at most {LONGEST_COMMENT} are shown."
    if fault is None:
        return found.text
    _refused(story, "say something", [Reason(code=ReasonCode.TOO_LONG, message=fault)])
    return ""


def _set(story: Story, fields: Assignments) -> None:
    data = story.data()
    given = {name: _worth(expression, data) for name, expression in fields.items()}
    values = as_kept(story.pipe.definition, given)
    reasons = reasons_against_setting(story, values)
    if reasons:
        _refused(story, f"set {', '.join(fields)}", reasons)
    else:
        record_changes(story, values)


def _worth(expression: Expression, data: RuleData) -> JsonValue:
    return expression.value if isinstance(expression, Constant) else expression.evaluate(data)


def foreseeable(
    pipe: CompiledPipe, card: Card, fields: Assignments, by: Actor
) -> dict[FieldId, JsonValue]:
    """The values that will be written, as far as they follow from the card and who is behind it."""
    moment = Facts(as_of=card.updated_at, today=card.updated_at.date())
    data = {**data_for_rules(pipe, card, moment, card.values), "actor": {"id": by.id}}
    return {
        name: _worth(expression, data)
        for name, expression in fields.items()
        if isinstance(expression, Constant)
        or all(_is_foreseeable(used) for used in names_used(expression.tree))
    }


def _is_foreseeable(name: str) -> bool:
    return name == "actor.id" or name.split(".", maxsplit=1)[0] in ("fields", "card")


def _assign(story: Story, action: Assign) -> None:
    people = set(people_behind(story.pipe.definition, story.card, story.facts, action.to))
    question = _picked_by(action)
    picked = None if question is None else answer(story.facts.next_ones, question)
    if picked is not None:
        people.add(picked)
    if people:
        _make_assignees(story, tuple(sorted(people)))
    else:
        message = "Nobody is there to be assigned."
        _refused(story, "assign", [Reason(code=ReasonCode.UNKNOWN_PERSON, message=message)])


def _picked_by(action: Assign) -> NextOf | None:
    if action.round_robin is not None:
        return NextOf(team=action.round_robin, by="round_robin")
    if action.least_loaded is not None:
        return NextOf(team=action.least_loaded, by="least_loaded")
    return None


def _make_assignees(story: Story, people: tuple[UserId, ...]) -> None:
    before = story.card.work.assignees
    if people != before:
        story.happens(CardAssigned(assignees=people, before=before))


def _due(story: Story, action: SetDue) -> Instant | None:
    if isinstance(action.due, Duration):
        return answer(story.facts.deadlines, _so_long(story.pipe, story.card, action.due))
    value = action.due.evaluate(story.data())
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=story.facts.as_of.tzinfo)


def _so_long(pipe: CompiledPipe, card: Card, length: Duration) -> DeadlineOf:
    calendar = pipe.definition.calendar_of(card.stay.phase)
    return DeadlineOf(calendar=calendar, target=str(length))


def _move(story: Story, action: TakeTransition) -> None:
    wish = MoveCard(transition=action.transition)
    found = find_transition(story.pipe.definition, story.card, wish)
    if isinstance(found, Reason):
        _refused(story, f"move {action.transition}", [found])
        return
    reasons = reasons_against_move(
        story.pipe, story.card, found, actor=ENGINE, facts=story.facts, data=story.data()
    )
    if reasons:
        _refused(story, f"move {action.transition}", reasons)
    else:
        set_out(story, found, None)


def _refused(story: Story, action: str, reasons: Iterable[Reason]) -> None:
    if isinstance(story.command.wish, RunActions):
        story.against(reasons)
        return
    said = tuple(reason.message for reason in reasons)
    story.happens(ActionRefused(action=action, reasons=said))
