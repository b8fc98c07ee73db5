"""Writing the fields of a card: what may be written, what is dropped, what follows from it."""

import json
from collections.abc import Container, Iterable, Mapping
from datetime import date

from engine.core.attachments import questions_files, reasons_against_files
from engine.core.card import Card
from engine.core.commands import EditCard, Values
from engine.core.events import (
    DueChanged,
    FieldChange,
    FieldsChanged,
    LabelsChanged,
    PriorityChanged,
    ValuesDropped,
)
from engine.core.facts import ChildrenOf, IsUnique, Question, StandingOf, answer
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import may_see_field, reasons_against_deed
from engine.core.seen import references
from engine.core.story import Story
from pipes.actions import Assignments
from pipes.definition import Definition
from pipes.fields.field import (
    AttachmentOptions,
    ConnectionOptions,
    Constant,
    Field,
    PeopleOptions,
)
from pipes.fields.rule_values import field_value
from pipes.files import file_references
from pipes.forms import (
    CompiledPipe,
    FormLook,
    RuleData,
    defaults,
    is_empty,
    look,
    misfits,
    missing,
    unanswered,
    work_out,
)
from pipes.identifiers import FieldId, JsonValue, TransitionId, UserId
from pipes.quick import replace

LONGEST_REASON = 2_000
MOST_LABELS = 50
LONGEST_LABEL = 60
MOST_STATE = 256 * 1024
_WORTH_WEIGHING = 4 * 1024


def title_of(definition: Definition, key: str, values: Values) -> str:
    """What the card is called: its title field, else noun and key."""
    naming = definition.card
    value = values.get(naming.title) if naming.title else None
    if value is None or value == "":
        return f"{naming.noun[0].upper()}{naming.noun[1:]} {key}"
    return str(value)


# --- what has to be known -------------------------------------------------------------------------


def questions_values(pipe: CompiledPipe, values: Values) -> set[Question]:
    """What has to be known before these values can be written."""
    asked = questions_unique(pipe, values)
    for name, value in values.items():
        field = pipe.definition.fields.get(name)
        if field is None or is_empty(value):
            continue
        asked.update(StandingOf(user=person) for person in people_in(field, value))
        if isinstance(field.options, ConnectionOptions):
            asked.add(children_of(pipe, name, references(value)))
        if isinstance(field.options, AttachmentOptions):
            asked.update(questions_files(file_references(value)))
    return asked


def children_of(pipe: CompiledPipe, connection: FieldId, cards: tuple[str, ...]) -> ChildrenOf:
    """The question how these connected cards stand, as far as the pipe's rules look at them."""
    return ChildrenOf(connection=connection, cards=cards, fields=pipe.child_fields)


def questions_unique(pipe: CompiledPipe, values: Values) -> set[Question]:
    """What has to be known before a card may have these values, of which others must not."""
    return {
        IsUnique(field=name, value=canonical(value))
        for name, value in values.items()
        if not is_empty(value)
        and (field := pipe.definition.fields.get(name)) is not None
        and field.unique
    }


def worked_out(fields: Assignments, data: RuleData) -> Values:
    """What assignments come to; those that come to nothing are left out."""
    found = {
        name: each.value if isinstance(each, Constant) else each.evaluate(data)
        for name, each in fields.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def people_in(field: Field, value: JsonValue) -> list[UserId]:
    """The people whom a value of the field names."""
    if field.kind == "user" and isinstance(value, str):
        return [UserId(value)]
    if field.kind == "users" and isinstance(value, list | tuple):
        return [UserId(person) for person in value if isinstance(person, str)]
    return []


def canonical(value: JsonValue) -> str:
    """A value's text by which it is told whether two are the same."""
    plain = value.strip().casefold() if isinstance(value, str) else value
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# --- the commands ---------------------------------------------------------------------------------


def decide_edit(story: Story, wish: EditCard) -> None:
    """Writes values, due date, priority and labels; what is as it was makes no event."""
    card = story.card
    story.against(reasons_against_deed("edit", story.command.actor, story.facts.actor, card))
    story.against(_reasons_against_labels(wish.labels))
    if card.life.status != "open":
        story.against([finished(card)])
        return
    write_values(story, wish.values)
    if story.reasons:
        return
    work = story.card.work
    if wish.due is not None and wish.due[0] != work.due:
        story.happens(DueChanged(due=wish.due[0], before=work.due))
    if wish.priority is not None and wish.priority != work.priority:
        story.happens(PriorityChanged(priority=wish.priority, before=work.priority))
    if wish.labels is not None:
        labels = tuple(dict.fromkeys(label.strip() for label in wish.labels if label.strip()))
        if labels != work.labels:
            story.happens(LabelsChanged(labels=labels, before=work.labels))


def finished(card: Card) -> Reason:
    """The reason that a card has ended."""
    message = f"The card is {card.life.status}; reopen it first."
    return Reason(code=ReasonCode.CARD_FINISHED, message=message)


def _reasons_against_labels(labels: tuple[str, ...] | None) -> Iterable[Reason]:
    if labels is None:
        return
    if len(labels) > MOST_LABELS:
        message = f"A card has at most {MOST_LABELS} labels; here are {len(labels)}."
        yield Reason(code=ReasonCode.TOO_LONG, message=message)
    for label in labels:
        if len(label) > LONGEST_LABEL:
            message = f"A label has at most {LONGEST_LABEL} characters: “{label[:40]}…” has more."
            yield Reason(code=ReasonCode.TOO_LONG, message=message)


def write_values(story: Story, sent: Values) -> None:
    """Writes values sent with a command, and what formulas make of them.

    Values for fields that are hidden at this moment are dropped, which the history says.
    """
    if not sent:
        return
    card, pipe = story.card, story.pipe
    wanted = {name: None if is_empty(value) else value for name, value in sent.items()}
    changed = {name: value for name, value in wanted.items() if card.values.get(name) != value}
    merged = {**card.values, **changed}
    story.against(reasons_against_values(story, changed, pipe.editable(card.stay.phase)))
    if story.reasons:
        return
    form = pipe.form(card.stay.phase)
    shape = look(pipe, form, story.data(merged))
    story.against(reasons_readonly(shape, changed))
    dropped = {
        name: value for name, value in changed.items() if name in shape.hidden and value is not None
    }
    kept = {name: value for name, value in changed.items() if name not in dropped}
    if story.reasons:
        return
    if dropped:
        story.happens(ValuesDropped(values=dropped))
    record_changes(story, kept)
    story.against(reasons_against_weight(story, sent))


def reasons_readonly(shape: FormLook, changed: Iterable[FieldId]) -> list[Reason]:
    """The reasons against changing what a form only shows."""
    readonly = {entry.field.id: entry.field.label for entry in shape.entries if entry.readonly}
    return [
        Reason(
            code=ReasonCode.FIELD_READONLY,
            message=f"{readonly[name]} cannot be changed here.",
            field=name,
        )
        for name in changed
        if name in readonly
    ]


def record_changes(story: Story, changed: Values) -> None:
    """Makes one event of the changes and of what formulas come to after them."""
    card, pipe = story.card, story.pipe
    merged = {**card.values, **changed}
    final = work_out(pipe, merged, story.data(merged)) if pipe.formulas.order else merged
    touched = changed.keys() | pipe.formulas.order
    changes = tuple(
        FieldChange(field=name, before=card.values.get(name), after=after)
        for name, after in final.items()
        if name in touched and card.values.get(name) != after
    )
    if changes:
        title = title_of(pipe.definition, card.identity.key, final)
        story.happens(FieldsChanged(changes=changes, title=title))


def fill_in_defaults(story: Story, known: Container[FieldId] = ()) -> None:
    """Gives empty fields of the form of the card's phase the values that they begin with; not to
    those that were known before.

    A field that must not repeat stays empty where another open card has that value.
    """
    pipe, card = story.pipe, story.card
    form = pipe.form(card.stay.phase)
    if not form.prefilled:
        return
    first = {
        name: value
        for name, value in defaults(form, story.data()).items()
        if name not in card.values and name not in known and not is_empty(value)
    }
    if not first:
        return
    hidden = look(pipe, form, story.data({**card.values, **first})).hidden
    begun = {name: value for name, value in first.items() if name not in hidden}
    taken = {reason.field for reason in reasons_against_repeats(story, begun)}
    record_changes(story, {name: value for name, value in begun.items() if name not in taken})


# --- what stands against values -------------------------------------------------------------------


def reasons_against_values(
    story: Story, values: Values, editable: frozenset[FieldId]
) -> list[Reason]:
    """Every reason against writing these values: unknown, closed, ill-formed, taken."""
    pipe, reasons = story.pipe, list[Reason]()
    fields = pipe.definition.fields
    for name in values:
        field = fields.get(name)
        seen = story.command.actor.kind in ("automation", "engine") or (
            field is not None and may_see_field(field, story.facts.actor, story.latest)
        )
        if field is None or not seen:
            message = f"The pipe has no field “{name[:80]}”."
            reasons.append(Reason(code=ReasonCode.UNKNOWN_FIELD, message=message, field=name))
        elif name not in editable:
            message = f"{field.label} cannot be changed in this phase."
            reasons.append(Reason(code=ReasonCode.FIELD_CLOSED, message=message, field=name))
    known = {name: value for name, value in values.items() if name in fields}
    reasons += reasons_misfitting(pipe, known, story.facts.today)
    return reasons or reasons_in_the_world(story, known)


def reasons_in_the_world(story: Story, values: Values) -> list[Reason]:
    """What stands against values outside themselves: people, cards, and what others have."""
    return [
        *_reasons_against_people(story, values),
        *_reasons_against_cards(story, values),
        *_reasons_against_uploads(story, values),
        *reasons_against_repeats(story, values),
    ]


def reasons_misfitting(pipe: CompiledPipe, values: Values, today: date) -> list[Reason]:
    """What of values does not fit its field."""
    return [
        Reason(
            code=ReasonCode.INVALID_VALUE,
            message=misfit.message,
            field=name,
            pointer=misfit.pointer or None,
        )
        for name, misfit in misfits(pipe, values, today)
    ]


def reasons_against_setting(story: Story, values: Values) -> list[Reason]:
    """Every reason against something that happens by itself writing these values.

    Everybody who sees the card reads them: they do not say what a confidential field was to hold.
    """
    fields = story.pipe.definition.fields
    written = frozenset(name for name in fields if name not in story.pipe.formulas.order)
    return [
        _without_value(story.pipe.definition, reason)
        for reason in reasons_against_values(story, values, written)
    ]


def _without_value(definition: Definition, reason: Reason) -> Reason:
    field = None if reason.field is None else definition.fields.get(reason.field)
    if field is None or not field.confidential:
        return reason
    return replace(reason, message=f"{field.label}: what it was to hold was not accepted.")


def set_values(story: Story, values: Values) -> None:
    """Writes values because something happens by itself, wherever the card stands."""
    kept = as_kept(story.pipe.definition, values)
    story.against(reasons_against_setting(story, kept))
    if not story.reasons:
        record_changes(story, kept)


def as_kept(definition: Definition, values: Values) -> Values:
    """What rules have given, as fields keep it: money has a currency."""
    fields = definition.fields
    return {
        name: field_value(fields[name], value) if name in fields else value
        for name, value in values.items()
    }


def _reasons_against_people(story: Story, values: Values) -> Iterable[Reason]:
    for name, value in values.items():
        field = story.pipe.definition.fields[name]
        if field.kind not in ("user", "users"):
            continue
        team = field.options.from_team if isinstance(field.options, PeopleOptions) else None
        for person in people_in(field, value):
            standing = answer(story.facts.people, StandingOf(user=person))
            if standing is None:
                message = f"{field.label}: there is nobody called “{person[:60]}”."
            elif team is not None and team not in standing.teams:
                name_of_team = story.pipe.definition.teams.get(team, team)
                message = f"{field.label}: {person} is not in the team {name_of_team}."
            else:
                continue
            yield Reason(code=ReasonCode.UNKNOWN_PERSON, message=message, field=name)


def _reasons_against_cards(story: Story, values: Values) -> Iterable[Reason]:
    """Whether cards that are to be connected are there, and of the right pipe."""
    for name, value in values.items():
        field = story.pipe.definition.fields[name]
        named = references(value)
        if not isinstance(field.options, ConnectionOptions) or not named:
            continue
        children = answer(story.facts.children, children_of(story.pipe, name, named))
        found = {child[by]: child.get("pipe") for child in children for by in ("key", "id")}
        for card in named:
            if card not in found:
                message = f"{field.label}: there is no card “{card[:60]}”."
            elif found[card] != field.options.pipe:
                message = f"{field.label}: {card} is not of the pipe “{field.options.pipe}”."
            else:
                continue
            yield Reason(code=ReasonCode.UNKNOWN_CARD, message=message, field=name)


def _reasons_against_uploads(story: Story, values: Values) -> Iterable[Reason]:
    for name, value in values.items():
        field = story.pipe.definition.fields[name]
        if isinstance(field.options, AttachmentOptions):
            there = () if story.latest is None else story.latest.values.get(name)
            new = set(file_references(value)) - set(file_references(there))
            yield from reasons_against_files(story, sorted(new, key=lambda file: file.id), name)


def reasons_against_repeats(story: Story, values: Values) -> Iterable[Reason]:
    """Whether another open card has one of the values that must not repeat."""
    for name, value in values.items():
        field = story.pipe.definition.fields.get(name)
        if field is None or not field.unique or is_empty(value):
            continue
        if not answer(story.facts.unique, IsUnique(field=name, value=canonical(value))):
            message = f"{field.label}: another open card has this value already."
            yield Reason(code=ReasonCode.NOT_UNIQUE, message=message, field=name)


def reasons_missing(
    pipe: CompiledPipe, shape: FormLook, values: Values, transition: TransitionId | None = None
) -> Iterable[Reason]:
    """What a form asks for and the values do not have: for a transition, or to begin."""
    fields = pipe.definition.fields
    groups = [(name,) for name in missing(shape, values)] + [*unanswered(shape, values)]
    for group in groups:
        yield Reason(
            code=ReasonCode.MISSING_FIELD,
            message=f"{' or '.join(fields[name].label for name in group)} is needed.",
            field=group[0],
            transition=transition,
        )


def reasons_against_text(text: str, what: str) -> Iterable[Reason]:
    """Whether a text that has to be given is there and not too long."""
    if not text.strip():
        yield Reason(code=ReasonCode.EMPTY_TEXT, message=f"{what} is needed.")
    if len(text) > LONGEST_REASON:
        message = f"{what} has at most {LONGEST_REASON} characters; this has {len(text)}."
        yield Reason(code=ReasonCode.TOO_LONG, message=message)


def reasons_against_weight(story: Story, sent: Values) -> Iterable[Reason]:
    """Keeps a card's values within what its workflow may carry."""
    if _weight(sent) < _WORTH_WEIGHING:
        return
    weight = _weight(story.card.values)
    if weight > MOST_STATE:
        message = (
            f"The card would hold {weight // 1024} KiB of values; {MOST_STATE // 1024} KiB are"
            " the most. Shorten the longest texts, or attach them as files."
        )
        yield Reason(code=ReasonCode.CARD_TOO_LARGE, message=message)


def _weight(value: JsonValue | Values) -> int:
    match value:
        case str():
            return len(value)
        case Mapping():
            return sum(len(name) + _weight(part) for name, part in value.items())
        case list() | tuple():
            return sum(_weight(part) + 1 for part in value)
        case _:
            return 8
