"""A card's history in words: who did what when, and what was written before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from api.pages.markdown import markdown
from api.pages.reader import Names
from api.pages.waiting_words import about_handoff, about_request
from api.pages.words import Person, ago, moment
from engine.core.actors import ENGINE, automation_name
from engine.core.approval_events import ApprovalGiven, ApprovalRefused, ApprovalRequested
from engine.core.clock_events import (
    ClockPaused,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    SlaBreached,
    SlaEscalated,
    SlaWarned,
)
from engine.core.events import (
    ActionRefused,
    ButtonPressed,
    CardAssigned,
    CardCancelled,
    CardCreated,
    CardDone,
    CardHeld,
    CardMoved,
    CardReopened,
    CardResumed,
    ChildrenDone,
    ChildrenOpen,
    CommentAdded,
    DueChanged,
    EmailReceived,
    Event,
    FieldsChanged,
    FileDetached,
    FilesAttached,
    LabelsChanged,
    LimitExceeded,
    Occurrence,
    PeopleNotified,
    PriorityChanged,
    TimerPassed,
    TimerSet,
    ValuesDropped,
)
from engine.core.explain_waiting import clock_name
from engine.core.migration_events import CardMigrated
from engine.core.rights import in_words
from engine.locales import Locale
from pipes.definition import Definition
from pipes.durations import in_words as duration_in_words, parse_duration
from pipes.fields import display
from pipes.identifiers import FieldId, Instant, JsonValue, PhaseId
from pipes.principals import parse_principal

# What the engine does on its own, whoever's deed led to it.
_ABOUT_TIME = (
    LimitExceeded,
    ClockStarted,
    ClockPaused,
    ClockResumed,
    ClockStopped,
    SlaWarned,
    SlaBreached,
    SlaEscalated,
    PeopleNotified,
    ActionRefused,
    TimerSet,
    TimerPassed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value before and after, as people read it; empty where there was none."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One line of the history."""

    sequence: int
    who: Person
    what: Markup
    when: Markup
    changes: tuple[Change, ...]
    text_html: Markup


def mentioned_people(events: Iterable[Event]) -> set[str]:
    """The ids of everybody whose name the history needs."""
    found: set[str] = set()
    for event in events:
        if event.actor.kind == "user":
            found.add(event.actor.id)
        if isinstance(event.body, CardAssigned):
            found.update(event.body.assignees, event.body.before)
        if isinstance(event.body, ApprovalGiven | ApprovalRefused):
            found.add(event.body.in_name_of)
    return found


def _long(target: str) -> str:
    """How long a clock runs, as people say it."""
    return duration_in_words(parse_duration(target))


def _with_cause(what: str, event: Event) -> Markup:
    """What happened, with what set it off where it happened by itself."""
    if not event.chain:
        return escape(what)
    first = event.chain[0]
    # What somebody is told, or why something failed, may be sentences of its own.
    joint = " Set" if what.endswith((".", "?", "!")) else ", set"
    return Markup("{}{} off by {}").format(what, joint, first.card)


@dataclass(frozen=True, slots=True, kw_only=True)
class Historian:
    """Puts events into words for one reader, without what they may not see.

    `definition` has the names of everything that the card's versions have had.
    """

    definition: Definition
    hidden: frozenset[FieldId]
    names: Names
    now: Instant
    locale: Locale

    def may_tell(self, event: Event) -> bool:
        """Whether there is anything in the event that the reader may know of."""
        return not isinstance(event.body, FieldsChanged) or bool(self._visible(event.body))

    def entry(self, event: Event) -> HistoryEntry:
        """An event as a line of the history."""
        return HistoryEntry(
            sequence=event.sequence,
            who=self.names.actor(ENGINE if isinstance(event.body, _ABOUT_TIME) else event.actor),
            what=_with_cause(self._what(event), event),
            when=ago(event.at, now=self.now, locale=self.locale),
            changes=tuple(self._changes(event.body)),
            text_html=self._text(event.body),
        )

    def _what(self, event: Event) -> str:
        match body := event.body:
            case CardCreated():
                return f"created the {self.definition.card.noun}"
            case FieldsChanged():
                return "changed"
            case ValuesDropped():
                return "sent values for fields that were hidden; they were not stored"
            case CardMoved():
                way = self.definition.transitions_by_id.get(body.transition)
                label = f" with “{way.label}”" if way and not self._was_sent_back(body) else ""
                return (
                    f"moved it from {self._phase(body.source)} to {self._phase(body.target)}{label}"
                )
            case CardDone():
                return "finished it"
            case CardMigrated():
                return self._about_migration(body)
            case CardCancelled():
                return "cancelled it" + (f": {body.reason}" if body.reason else "")
            case CardReopened():
                return f"reopened it into {self._phase(body.target)}: {body.reason}"
            case CommentAdded():
                return "commented"
            case FilesAttached():
                names = ", ".join(f"“{file.name}”" for file in body.files)
                return f"attached {names}"
            case FileDetached():
                return f"took away “{body.file.name}”"
            case EmailReceived():
                return f"answered by e-mail from {body.sender}: “{body.subject}”"
            case CardHeld():
                return f"put it on hold: {body.reason}"
            case CardResumed():
                return "took it off hold"
            case LimitExceeded():
                phase = self._phase(body.phase)
                return f"noted that {phase} holds {body.cards} cards; {body.limit} are its limit"
            case CardAssigned() | LabelsChanged() | PriorityChanged() | DueChanged():
                return "changed"
            case PeopleNotified():
                return f"told {self._principals(body.to)}: {body.text}"
            case ButtonPressed():
                return f"pressed “{body.label}”"
            case ChildrenDone():
                return f"noted that the last card in {self._field(body.connection)} has ended"
            case ChildrenOpen():
                return f"noted that a card in {self._field(body.connection)} is open again"
            case ActionRefused():
                done = (
                    f"run “{automation_name(body.automation)}”"
                    if body.automation
                    else f"do “{body.action}”"
                )
                return f"could not {done}: {' '.join(body.reasons).rstrip('.')}"
            case _:
                return self._about_waiting(event) or self._about_time(body)

    def _field(self, name: FieldId) -> str:
        field = self.definition.fields.get(name)
        return f"“{field.label if field is not None else name}”"

    def _about_migration(self, body: CardMigrated) -> str:
        said = f"brought it from version {body.source_version} of the pipe onto version"
        where = f", into {self._phase(body.target)}" if body.source != body.target else ""
        return f"{said} {body.definition_version}{where}"

    def _about_waiting(self, event: Event) -> str | None:
        definition = self.definition
        about = about_request(definition, event, self.names, self.hidden)
        return about or about_handoff(definition, event.body)

    def _about_time(self, body: Occurrence) -> str:
        match body:
            case ClockStarted():
                deadline = moment(body.deadline, self.locale)
                return Markup("started {}: {}, until {}").format(
                    self._clock(body.clock), _long(body.target), deadline
                )
            case ClockPaused():
                return f"paused {self._clock(body.clock)}: {body.reason}"
            case ClockResumed():
                deadline = moment(body.deadline, self.locale)
                return Markup("resumed {}, until {}").format(self._clock(body.clock), deadline)
            case ClockStopped():
                outcomes = {
                    "met": "in time",
                    "missed": "after its deadline",
                    "dropped": "without outcome",
                }
                return f"ended {self._clock(body.clock)} {outcomes[body.outcome]}"
            case ClockRecomputed():
                deadline = moment(body.deadline, self.locale)
                return Markup("reckoned {} anew: {}, until {}").format(
                    self._clock(body.clock), _long(body.target), deadline
                )
            case SlaWarned():
                deadline = moment(body.deadline, self.locale)
                late = self._late(body.due) if body.late else ""
                return Markup("warned that {} runs out at {}{}").format(
                    self._clock(body.clock), deadline, late
                )
            case SlaEscalated():
                told = f": told {self._principals(body.notify)}" if body.notify else ""
                late = self._late(body.due) if body.late else ""
                return Markup("escalated, as {} ran out{}{}").format(
                    self._clock(body.clock), told, late
                )
            case SlaBreached():
                return f"noted that {self._clock(body.clock)} has run out"
            case TimerSet():
                due = moment(body.due, self.locale)
                return Markup("set “{}” for {}").format(self._way(body.transition), due)
            case TimerPassed():
                return f"let the time before “{self._way(body.transition)}” pass"
            case _:
                raise AssertionError(f"{body.kind} has no words")

    def _changes(self, body: Occurrence) -> list[Change]:
        match body:
            case CardCreated():
                pairs = [
                    (FieldId(name), None, value)
                    for name, value in body.values.items()
                    if value is not None
                ]
                return self._fields(pairs)
            case FieldsChanged():
                return self._visible(body)
            case CardMigrated():
                gone = {**body.dropped, **body.archived}
                return self._fields((name, value, None) for name, value in gone.items())
            case CardAssigned():
                return [
                    self._change(
                        "Assignees", self._people(body.before), self._people(body.assignees)
                    )
                ]
            case LabelsChanged():
                return [self._change("Labels", ", ".join(body.before), ", ".join(body.labels))]
            case PriorityChanged():
                return [
                    self._change("Priority", body.before.capitalize(), body.priority.capitalize())
                ]
            case DueChanged():
                return [self._change("Due", self._day(body.before), self._day(body.due))]
            case _:
                return []

    def _visible(self, body: FieldsChanged) -> list[Change]:
        return self._fields([(each.field, each.before, each.after) for each in body.changes])

    def _fields(self, changes: Iterable[tuple[FieldId, JsonValue, JsonValue]]) -> list[Change]:
        fields = self.definition.fields
        return [
            self._change(
                fields[name].label,
                display(fields[name], before, self.names.by_id, self.locale),
                display(fields[name], after, self.names.by_id, self.locale),
            )
            for name, before, after in changes
            if name in fields and name not in self.hidden
        ]

    def _change(self, label: str, before: str, after: str) -> Change:
        return Change(label=label, before=before, after=after)

    def _text(self, body: Occurrence) -> Markup:
        match body:
            case CommentAdded():
                return markdown(body.text)
            case CardMoved() if self._was_sent_back(body):
                # Why stands with the decision that sent it there.
                return Markup()
            case (
                CardMoved(comment=str(comment))
                | ApprovalRequested(comment=str(comment))
                | ApprovalGiven(comment=str(comment))
                | ApprovalRefused(comment=str(comment))
            ):
                return markdown(comment)
            case _:
                return Markup()

    def _was_sent_back(self, move: CardMoved) -> bool:
        """Whether a rejection led elsewhere than the way that was asked for."""
        way = self.definition.transitions_by_id.get(move.transition)
        return way is not None and way.target != move.target

    def _phase(self, phase: PhaseId) -> str:
        known: Mapping[PhaseId, object] = self.definition.phases_by_id
        return self.definition.phase(phase).name if phase in known else phase

    def _way(self, transition: str) -> str:
        ways = self.definition.transitions_by_id
        return next((way.label for name, way in ways.items() if name == transition), transition)

    def _late(self, due: Instant) -> Markup:
        return Markup(" (late: it was due at {})").format(moment(due, self.locale))

    def _clock(self, clock: str) -> str:
        return clock_name(self.definition, clock)

    def _people(self, users: Iterable[str]) -> str:
        return ", ".join(self.names.person(user).name for user in users)

    def _principals(self, principals: Iterable[str]) -> str:
        return in_words(self.definition, map(parse_principal, principals))

    def _day(self, instant: Instant | None) -> str:
        return self.locale.day_of(instant) if instant else ""
