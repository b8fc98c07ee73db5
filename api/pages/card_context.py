"""What the page of a card shows, worked out for one reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fastapi import Request
from markupsafe import Markup

from api.cards import SeenCard, facts_about
from api.messages import Message
from api.pages.around import Around, around
from api.pages.choosing import assignable, names_offered
from api.pages.clocks_shown import ClockShown, clocks_shown
from api.pages.controls import Control, FileShown, Typed, make_control, shown_files
from api.pages.deeds import DeedShown, deeds_of
from api.pages.history import Historian, HistoryEntry, mentioned_people
from api.pages.messages import LetterForm, MessageShown, letter_form, messages_shown, thread
from api.pages.reader import Names, everybody, locale_of, names_of
from api.pages.waiting_shown import (
    HandoffShown,
    RequestShown,
    handoff_shown,
    people_waited_for,
    request_shown,
)
from api.pages.ways import Way, ways_of
from api.pages.words import Person, ago, moment, now
from api.services import Services
from engine.attaching import in_words
from engine.core.actors import user
from engine.core.card import Card
from engine.core.events import Event
from engine.core.explain import Explanation, explain
from engine.core.facts import Facts
from engine.core.letters import Letter
from engine.core.migration_words import remembering
from engine.core.reasons import Reason
from engine.core.rights import Deed, may
from engine.core.seen import data_for_rules
from engine.locales import Locale
from engine.short_ids import short_id
from engine.store import log
from engine.store.queries.feed import feed_position
from pipes.definition import Definition
from pipes.fields import display
from pipes.fields.field import Field, Option, TableOptions
from pipes.forms import START, ShownEntry, look
from pipes.identifiers import FieldId, Instant, JsonValue, PhaseId

_HISTORY = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase on the way."""

    name: str
    tone: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the phase's form; without a control it is hidden at the moment."""

    name: str
    control: Control | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A value from an earlier form."""

    label: str
    shown: str
    files: tuple[FileShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentShown:
    """A file that somebody has attached."""

    file: FileShown
    who: Person
    when: Markup
    may_remove: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGroup:
    """What was filled in in one form."""

    name: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContext:
    """The page of a card."""

    key: str
    noun: str
    title: str
    version: int
    phase: str
    feed_position: int
    open: bool
    pipe_id: str
    pipe_name: str
    pipe_version: int
    steps: tuple[Step, ...]
    phase_name: str
    phase_description: str | None
    hold: Markup | None
    problem: tuple[Reason, ...]
    entries: tuple[Entry, ...]
    earlier: tuple[AnswerGroup, ...]
    attachments: tuple[AttachmentShown, ...]
    largest_upload: str
    may_attach: bool
    attach_key: str
    comment_key: str
    comment_text: str
    decision_comment: str
    checked: tuple[str, ...]
    return_reason: str | None
    history: tuple[HistoryEntry, ...]
    older: str | None
    messages: tuple[MessageShown, ...]
    letter: LetterForm | None
    situation: str
    request: RequestShown | None
    handoff: HandoffShown | None
    ways: tuple[Way, ...]
    none_text: str
    clocks: tuple[ClockShown, ...]
    upcoming: tuple[Markup, ...]
    assignees: tuple[Person, ...]
    assignee_ids: tuple[str, ...]
    assignable: tuple[Person, ...]
    offered: tuple[Option, ...]
    assignees_typed: str
    may_edit: bool
    may_assign: bool
    may_claim: bool
    may_comment: bool
    priority: str
    labels: tuple[str, ...]
    due_date: str
    due: Markup | None
    created: Markup
    in_phase: Markup
    deeds: tuple[DeedShown, ...]
    around: Around


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was tried and refused: what was typed stays on the page, with the reasons."""

    typed: Typed | None = None
    reasons: tuple[Reason, ...] = ()
    comment: str = ""
    assignees: str = ""
    decision_comment: str = ""
    checked: tuple[str, ...] = ()
    return_reason: str | None = None
    letter: Letter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Who reads, when and where."""

    now: Instant
    locale: Locale
    names: Names
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What the page tells beside the card itself.

    Attributes:
        events: The latest first, one more than are shown if there are older ones.
    """

    position: int
    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    names: Names
    people: tuple[Person, ...]


async def _gathered(
    services: Services, seen: SeenCard, explanation: Explanation, before: int | None
) -> _Gathered:
    card, definition = seen.card, seen.published.pipe.definition
    async with services.database.reading() as connection:
        position = await feed_position(connection)
        events = await log.read_events_backwards(
            connection, card.identity.id, before=before, limit=_HISTORY + 1
        )
        people = await everybody(connection)
        messages = await thread(connection, seen)
        needed = mentioned_people(events) | set(card.work.assignees) | _people_in(definition, card)
        needed |= people_waited_for(explanation)
        needed |= {each.by.id for each in card.files}
        needed |= {each.by for each in messages if each.by is not None}
        names = (await names_of(connection, needed)).with_teams(definition.teams)
    return _Gathered(
        position=position, events=events, messages=messages, names=names, people=people
    )


async def card_context(
    services: Services,
    request: Request,
    seen: SeenCard,
    *,
    attempt: Attempt | None = None,
    before: int | None = None,
) -> CardContext:
    """The page of the card, with the events before a number or the newest."""
    card, pipe = seen.card, seen.published.pipe
    definition = pipe.definition
    tried = attempt or Attempt()
    facts = await facts_about(services, seen)
    explanation = explain(pipe, card, user(seen.standing.user), facts)
    gathered = await _gathered(services, seen, explanation, before)
    events, messages, names = gathered.events, gathered.messages, gathered.names
    reader = _Reader(now=now(), locale=locale_of(request), names=names, people=gathered.people)
    historian = Historian(
        definition=remembering(definition, seen.earlier),
        hidden=seen.hidden,
        names=names,
        now=reader.now,
        locale=reader.locale,
    )
    may_edit = _may(seen, "edit") and card.life.status == "open"
    assignees = tuple(names.person(each) for each in card.work.assignees)
    nearby = await around(services, seen, facts, now=reader.now, locale=reader.locale)
    titles = {
        other.key: other.title for each in nearby.connections for other in each.connection.cards
    }
    entries = _entries(seen, facts, tried, reader, titles, may_edit=may_edit)
    drawn = {entry.name for entry in entries if entry.control is not None}
    return CardContext(
        key=card.identity.key,
        noun=definition.card.noun,
        title=card.work.title,
        version=card.version,
        phase=card.stay.phase,
        feed_position=gathered.position,
        open=card.life.status == "open",
        pipe_id=definition.id,
        pipe_name=definition.name,
        pipe_version=card.pin.version,
        steps=_steps(definition, card),
        phase_name=definition.phase(card.stay.phase).name,
        phase_description=definition.phase(card.stay.phase).description,
        hold=_hold(card, reader),
        problem=()
        if tried.letter is not None
        else tuple(each for each in tried.reasons if each.field not in drawn),
        entries=entries,
        earlier=_earlier(seen, names, reader.locale),
        attachments=_attachments(seen, reader),
        largest_upload=in_words(services.settings.largest_upload),
        may_attach=_may(seen, "attach"),
        attach_key=short_id(),
        comment_key=short_id(),
        comment_text=tried.comment,
        decision_comment=tried.decision_comment,
        checked=tried.checked,
        return_reason=tried.return_reason,
        history=tuple(
            historian.entry(event) for event in events[:_HISTORY] if historian.may_tell(event)
        ),
        older=_older(card, events[:_HISTORY][-1].sequence if len(events) > _HISTORY else None),
        messages=messages_shown(messages, names, now=reader.now, locale=reader.locale),
        letter=letter_form(seen, messages, tried.letter, tried.reasons),
        situation=_situation(explanation, definition.phase(card.stay.phase).name, card, names),
        request=request_shown(
            explanation, names, reader=seen.standing.user, now=reader.now, locale=reader.locale
        ),
        handoff=handoff_shown(explanation, names, now=reader.now, locale=reader.locale),
        # While the card waits for somebody there is one thing to do, and it is above.
        ways=()
        if explanation.request or explanation.handoff
        else ways_of(definition, explanation.transitions),
        none_text=_none_text(card),
        clocks=clocks_shown(seen.published, explanation, now=reader.now, locale=reader.locale),
        upcoming=_upcoming(explanation, reader),
        assignees=assignees,
        assignee_ids=card.work.assignees,
        assignable=assignable(gathered.people, assignees),
        offered=names_offered(gathered.people, assignees),
        assignees_typed=tried.assignees,
        may_edit=may_edit,
        may_assign=_may(seen, "assign") and card.life.status == "open",
        may_claim=_may(seen, "claim")
        and not (explanation.handoff and explanation.handoff.reasons)
        and card.life.status == "open"
        and seen.standing.user not in card.work.assignees,
        may_comment=_may(seen, "comment"),
        priority=card.work.priority,
        labels=card.work.labels,
        due_date=f"{card.work.due.astimezone(reader.locale.zone):%Y-%m-%d}"
        if card.work.due
        else "",
        due=moment(card.work.due, reader.locale) if card.work.due else None,
        created=ago(card.identity.created_at, now=reader.now, locale=reader.locale),
        in_phase=ago(card.stay.entered_at, now=reader.now, locale=reader.locale),
        deeds=deeds_of(seen),
        around=nearby,
    )


def _attachments(seen: SeenCard, reader: _Reader) -> tuple[AttachmentShown, ...]:
    """What was attached, the newest first."""
    key, reads = seen.card.identity.key, user(seen.standing.user)
    return tuple(
        AttachmentShown(
            file=shown_files([each.file.as_value()], key)[0],
            who=reader.names.actor(each.by),
            when=ago(each.at, now=reader.now, locale=reader.locale),
            may_remove=_may(seen, "attach" if each.by == reads else "detach"),
        )
        for each in reversed(seen.card.files)
    )


def _none_text(card: Card) -> str:
    waits = card.pending is not None or card.handoff is not None
    return "No way leads on from here." if card.life.status == "open" and not waits else ""


def _may(seen: SeenCard, deed: Deed) -> bool:
    return may(deed, user(seen.standing.user), seen.standing, seen.card)


def _people_in(definition: Definition, card: Card) -> set[str]:
    """The ids of the people who stand in the card's values."""
    found: set[str] = set()
    for name, field in definition.fields.items():
        value = card.values.get(name)
        columns = field.options.columns if isinstance(field.options, TableOptions) else ()
        if field.kind in ("user", "users"):
            found.update(_ids(value))
        for column in columns:
            rows = value if column.kind in ("user", "users") else ()
            for row in rows if isinstance(rows, list | tuple) else ():
                found.update(_ids(row.get(column.id) if isinstance(row, Mapping) else None))
    if card.life.hold is not None:
        found.add(card.life.hold.by.id)
    return found


def _ids(value: JsonValue) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]


def _steps(definition: Definition, card: Card) -> tuple[Step, ...]:
    """The phases that lead to success, and the one where the card stands."""
    return tuple(
        Step(name=phase.name, tone=phase.color or "gray", current=phase.id == card.stay.phase)
        for phase in definition.phases
        if phase.final != "cancelled" or phase.id == card.stay.phase
    )


def _hold(card: Card, reader: _Reader) -> Markup | None:
    hold = card.life.hold
    if hold is None:
        return None
    since = moment(hold.since, reader.locale)
    who = reader.names.actor(hold.by).name
    return Markup("by {} since {}: {}").format(who, since, hold.reason)


def _situation(explanation: Explanation, phase: str, card: Card, names: Names) -> str:
    """How the card stands, without what the page shows beside it: its phase and the ways on.

    Whoever holds the card is called by their name.
    """
    hold = card.life.hold
    if hold is not None:
        return explanation.situation.replace(f"@{hold.by.id}", names.actor(hold.by).name, 1)
    waits = explanation.request is not None or explanation.handoff is not None
    if card.life.status == "open" and not waits:
        return ""
    return explanation.situation.removeprefix(f"In “{phase}”. ")


def _entries(
    seen: SeenCard,
    facts: Facts,
    tried: Attempt,
    reader: _Reader,
    titles: Mapping[str, str],
    *,
    may_edit: bool,
) -> tuple[Entry, ...]:
    pipe, card = seen.published.pipe, seen.card
    typed = tried.typed
    values = {**card.values, **(typed.values if typed else {})}
    form = pipe.form(card.stay.phase)
    shape = look(pipe, form, data_for_rules(pipe, card, facts, values))
    shown = {entry.field.id: entry for entry in shape.entries}
    entries = []
    listed = {field.id for _, field in form.entries}
    for field in _form_fields(seen):
        entry = shown.get(field.id)
        if field.id not in listed:
            entry = ShownEntry(field=field, required=False, readonly=False)
        if entry is None or field.id in seen.hidden:
            entries.append(Entry(name=field.id, control=None))
            continue
        control = make_control(
            entry if may_edit else replace(entry, readonly=True),
            values.get(field.id),
            people=reader.people,
            typed=typed,
            errors=_errors_of(field.id, tried.reasons),
            card=card.identity.key,
            style=reader.locale,
            titles=titles,
            teams=pipe.definition.teams,
        )
        entries.append(Entry(name=field.id, control=control))
    return tuple(entries)


def _form_fields(seen: SeenCard) -> tuple[Field, ...]:
    """The fields of the phase's form, then those that can be changed in every phase."""
    pipe, card = seen.published.pipe, seen.card
    listed = tuple(field for _, field in pipe.form(card.stay.phase).entries)
    if not (_may(seen, "edit") and card.life.status == "open"):
        return listed
    names = {field.id for field in listed}
    always = (pipe.definition.fields[name] for name in sorted(pipe.always_editable - names))
    typable = (field for field in always if field.kind not in ("formula", "statement"))
    return (*listed, *typable)


def _errors_of(field: FieldId, reasons: Sequence[Reason]) -> list[str]:
    return [reason.message for reason in reasons if reason.field == field]


def _earlier(seen: SeenCard, names: Names, locale: Locale) -> tuple[AnswerGroup, ...]:
    """What was filled in in other forms, each value once, in the form where it came first."""
    pipe, card = seen.published.pipe, seen.card
    told = {field.id for field in _form_fields(seen)} | seen.hidden
    groups = []
    forms: list[tuple[PhaseId | Literal["start"], str]] = [(START, "Start")]
    forms += [(phase.id, phase.name) for phase in pipe.definition.phases]
    for form, name in forms:
        answers = []
        for _, field in pipe.form(form).entries:
            if field.id in told:
                continue
            value = card.values.get(field.id)
            shown = display(field, value, names.by_id, locale)
            if shown:
                told.add(field.id)
                is_files = field.kind == "attachment"
                files = shown_files(value, card.identity.key) if is_files else ()
                answers.append(Answer(label=field.label, shown=shown, files=files))
        if answers:
            groups.append(AnswerGroup(name=name, answers=tuple(answers)))
    return tuple(groups)


def _older(card: Card, first: int | None) -> str | None:
    return None if first is None else f"/cards/{card.identity.key}?before={first}#history"


def _upcoming(explanation: Explanation, reader: _Reader) -> tuple[Markup, ...]:
    """What happens by itself, beside the deadlines: the clocks themselves say those."""
    told = {(clock.deadline, f"{clock.name} runs out") for clock in explanation.clocks}
    return tuple(
        Markup("{}: {}.").format(moment(coming.at, reader.locale), coming.what)
        for coming in explanation.upcoming
        if (coming.at, coming.what) not in told
    )
