"""The definition of a pipe as frozen values: what the JSON document says, once it has been read.

Reading and checking live elsewhere; nothing here knows of cards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipes.actions import Action
from pipes.durations import Duration, Offset, Percent
from pipes.fields.field import Field
from pipes.identifiers import (
    AutomationId,
    CalendarName,
    FieldId,
    PhaseId,
    PipeId,
    RoleName,
    StageId,
    TeamId,
    TransitionId,
)
from pipes.marks import Mark
from pipes.principals import Principal
from pipes.rules import Rule
from pipes.scenarios import Scenario

type Outcome = Literal["done", "cancelled"]
type Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNaming:
    """How cards of the pipe are called: noun, prefix of the key, and the fields shown on boards."""

    noun: str
    key: str
    title: FieldId | None = None
    summary: tuple[FieldId, ...] = ()


# --- forms -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field asked for in a form.

    Attributes:
        when: Shown only while this holds; always, if there is no rule.
        required: Asked for whenever it is shown.
        readonly: Shown but not open to change.
        keep_hidden: A value sent while the field is hidden is kept instead of dropped.
    """

    field: FieldId
    required: bool | Rule = False
    readonly: bool | Rule = False
    when: Rule | None = None
    keep_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one of these fields is asked for."""

    fields: tuple[FieldId, ...]


type FormEntry = FormField | AnyOf
type Form = tuple[FormEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How cards begin: in which phase, with which form, by whom; `public` needs no account."""

    phase: PhaseId
    form: Form
    by: tuple[Principal, ...] = ()
    public: bool = False


# --- time --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayRegion:
    """Whose public holidays close a calendar: ISO 3166 country, and subdivision if any."""

    country: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDefinition:
    """Working hours as the author wrote them; reckoning with them is `pipes.calendars`' work.

    Attributes:
        timezone: An IANA name.
        hours: For each weekday its intervals, `HH:MM-HH:MM`.
        hours_per_day: What `d` means in a duration; left out where all days are equal.
        closed: Dates, RFC 3339.
        open: Intervals of single dates; they beat everything else.
    """

    timezone: str
    hours: Mapping[Weekday, tuple[str, ...]]
    hours_per_day: Duration | None = None
    holidays: HolidayRegion | None = None
    closed: tuple[str, ...] = ()
    open: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCase:
    """A target that applies where its rule holds; without a rule it always applies."""

    target: Duration
    when: Rule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """An escalation step that comes again, `times` more, `every` so often."""

    every: Duration
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """What happens `at` an offset from the deadline: who is told, what is done."""

    at: Offset
    notify: tuple[Principal, ...] = ()
    do: tuple[Action, ...] = ()
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """A target for a stay in a phase, or for the whole card.

    Attributes:
        target: The first case whose rule holds counts.
        calendar: Whose hours are counted; the plain clock if none is named.
        warn: Shares of the target used, or offsets from the deadline.
        quiet: The calendar outside which reminders wait.
        reentry: Whether a clock starts anew or goes on when the phase is entered again.
        warnings: The moments at which a clock warns, in the order of the definition.
        escalations: Those of the escalation steps, each with the step's place in the definition.
        marks: All of them, the warnings first.
    """

    target: tuple[TargetCase, ...]
    calendar: CalendarName | None = None
    warn: tuple[Percent | Offset, ...] = ()
    paused_when: Rule | None = None
    escalate: tuple[EscalationStep, ...] = ()
    quiet: CalendarName | None = None
    reentry: Literal["restart", "resume"] = "restart"
    warnings: tuple[Mark, ...] = field(init=False, repr=False, compare=False)
    escalations: tuple[tuple[int, Mark], ...] = field(init=False, repr=False, compare=False)
    marks: tuple[Mark, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Names the moments once: they are asked for at every decision."""
        warnings = tuple(Mark(at=str(mark)) for mark in self.warn)
        escalations = tuple(
            (index, Mark(at=str(step.at), every=every, nth=nth))
            for index, step in enumerate(self.escalate)
            for every, times in [
                (str(step.repeat.every), step.repeat.times) if step.repeat else (None, 0)
            ]
            for nth in range(times + 1)
        )
        object.__setattr__(self, "warnings", warnings)
        object.__setattr__(self, "escalations", escalations)
        object.__setattr__(self, "marks", (*warnings, *(mark for _, mark in escalations)))


# --- phases and the ways between them ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRule:
    """How a card that arrives from another team is taken over."""

    assign: Literal["queue", "round_robin", "least_loaded", "keep"] = "queue"
    accept_within: Duration | None = None
    clock: Literal["arrival", "acceptance"] = "arrival"
    return_to_sender: bool = True
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WipLimit:
    """How many cards a phase holds, and whether more are refused or only reported."""

    cards: int
    enforce: Literal["block", "warn"] = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stage that cards stand in; a column of the board.

    `final` says how a card ends that enters; `stale_after` marks cards that nothing happened to.
    """

    id: PhaseId
    name: str
    team: TeamId | None = None
    description: str | None = None
    color: str | None = None
    form: Form = ()
    sla: Sla | None = None
    handoff: HandoffRule | None = None
    wip_limit: WipLimit | None = None
    stale_after: Duration | None = None
    final: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A rule that a move must satisfy, and the author's words for when it does not."""

    rule: Rule
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedCount:
    """So many approvals."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPercent:
    """Approvals of this share of those who may decide, rounded up."""

    percent: float


type Need = NeedCount | NeedPercent | Literal["all", "majority"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalStage:
    """One round of approvers."""

    id: StageId
    name: str
    by: tuple[Principal, ...]
    need: Need
    deadline: Duration | None = None
    on_deadline: Literal["escalate", "approve", "reject"] = "escalate"
    escalate_to: tuple[Principal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The approvals that a transition waits for.

    Attributes:
        exclude: Who may not decide, whoever else they are (four eyes).
        reject: Whether one rejection ends the request, or only an unreachable need.
        on_reject: Where the card goes then; it stays if no phase is named.
        reset_on_edit: A change of one of these fields voids what was decided.
    """

    stages: tuple[ApprovalStage, ...]
    exclude: tuple[Principal, ...] = ()
    reject: Literal["any", "impossible"] = "any"
    on_reject: PhaseId | None = None
    reset_on_edit: tuple[FieldId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A permitted way from phases to a phase.

    Attributes:
        sources: The phases it leaves, in the definition's order; `*` has been written out.
        by: Who may take it; any member of the pipe if nobody is named.
        automatic: The move happens by itself as soon as all that it requires holds.
        after: The move happens by itself so long after the phase was entered.
    """

    id: TransitionId
    sources: tuple[PhaseId, ...]
    target: PhaseId
    label: str
    by: tuple[Principal, ...] = ()
    when: tuple[Guard, ...] = ()
    comment: Literal["none", "optional", "required"] = "optional"
    approval: Approval | None = None
    automatic: bool = False
    after: Duration | None = None


# --- automations -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The event that sets an automation off, with what narrows it down."""

    event: str
    phase: PhaseId | None = None
    transition: TransitionId | None = None
    fields: tuple[FieldId, ...] = ()
    connection: FieldId | None = None
    label: str | None = None
    by: tuple[Principal, ...] = ()
    cron: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """What happens by itself when an event occurs, in order."""

    id: AutomationId
    on: Trigger
    do: tuple[Action, ...]
    condition: Rule | None = None


# --- the whole ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A pipe as its author wrote it.

    Attributes:
        heeded: What sets automations off; most events set off none.

    Raises:
        KeyError: From `phase`, `transition` when the id is not the definition's; a definition
            that passed the checks refers to nothing else.
    """

    id: PipeId
    name: str
    card: CardNaming
    start: Start
    phases: tuple[Phase, ...]
    description: str | None = None
    teams: Mapping[TeamId, str] = field(default_factory=dict)
    calendars: Mapping[CalendarName, CalendarDefinition] = field(default_factory=dict)
    fields: Mapping[FieldId, Field] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    automations: tuple[Automation, ...] = ()
    sla: Sla | None = None
    scenarios: tuple[Scenario, ...] = ()
    roles: frozenset[RoleName] = frozenset()
    phases_by_id: Mapping[PhaseId, Phase] = field(init=False, repr=False, compare=False)
    transitions_by_id: Mapping[TransitionId, Transition] = field(
        init=False, repr=False, compare=False
    )
    transitions_from: Mapping[PhaseId, tuple[Transition, ...]] = field(
        init=False, repr=False, compare=False
    )
    heeded: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Indexes the parts by id, once: the core looks them up at every decision."""
        by_id = {phase.id: phase for phase in self.phases}
        leaving = {
            phase.id: tuple(way for way in self.transitions if phase.id in way.sources)
            for phase in self.phases
        }
        object.__setattr__(self, "phases_by_id", by_id)
        object.__setattr__(self, "transitions_by_id", {way.id: way for way in self.transitions})
        object.__setattr__(self, "transitions_from", leaving)
        object.__setattr__(self, "heeded", frozenset(each.on.event for each in self.automations))

    def phase(self, phase: PhaseId) -> Phase:
        """The phase of that id."""
        return self.phases_by_id[phase]

    def transition(self, transition: TransitionId) -> Transition:
        """The transition of that id."""
        return self.transitions_by_id[transition]

    def calendar_of(self, phase: PhaseId) -> CalendarName | None:
        """Whose hours count in a phase: the phase's own calendar, else the pipe's."""
        sla = self.phase(phase).sla
        if sla is not None and sla.calendar is not None:
            return sla.calendar
        return self.sla.calendar if self.sla is not None else None
