"""What a card waits for, in words: its request's approvers, its handoff's team, its clocks."""

from dataclasses import dataclass

from engine.core.acceptance import kept_by, reasons_against_accepting
from engine.core.actors import Actor
from engine.core.approvals import reasons_against_deciding, round_of
from engine.core.card import Card, ClockState, Decision
from engine.core.clock_names import HANDOFF_CLOCK, stage_clock
from engine.core.clocks import running, why_still
from engine.core.commands import ClockId
from engine.core.facts import Facts, OpensAt, PeopleIn, Question, answer
from engine.core.reasons import Reason
from engine.core.rights import in_words
from engine.core.seen import data_for_rules
from engine.core.stages import decides_for
from pipes.definition import Definition
from pipes.forms import CompiledPipe
from pipes.identifiers import (
    CalendarName,
    Instant,
    PhaseId,
    StageId,
    TeamId,
    TransitionId,
    UserId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedRequest:
    """A move that waits for approval, as it stands for who asks.

    Attributes:
        approvers: Who may decide in the open round; `undecided` those of them who have not.
        who: Who may decide, in words.
        reasons: Why who asks may not decide; empty if they may.
        names: In whose names they may, their own first.
        may_withdraw: Whether they may take the request back.
    """

    transition: TransitionId
    label: str
    requester: Actor
    requested_at: Instant
    comment: str | None
    stage: StageId
    stage_name: str
    who: str
    needed: int
    approvals: int
    approvers: tuple[UserId, ...]
    undecided: tuple[UserId, ...]
    decisions: tuple[Decision, ...]
    is_escalated: bool
    deadline: Instant | None
    reasons: tuple[Reason, ...]
    names: tuple[UserId, ...]
    may_withdraw: bool

    @property
    def in_words(self) -> str:
        """What it waits for."""
        missing = max(0, self.needed - self.approvals)
        said = "1 approval" if missing == 1 else f"{missing} approvals"
        waits = f"“{self.label}” waits for {said}: {self.stage_name}, by {self.who}."
        return waits if self.undecided else f"{waits} There is nobody left to decide: withdraw it."


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedHandoff:
    """A handoff that waits to be accepted, as it stands for who asks.

    Attributes:
        people: Who may accept it, beside the pipe's admins.
        is_queued: Whether nobody of the team was there to be given it.
        reasons: Why who asks may not accept it; empty if they may.
        may_return: Whether the card can be sent back at all.
    """

    source: PhaseId
    source_name: str
    team: TeamId
    team_name: str
    since: Instant
    deadline: Instant | None
    reminders: int
    is_queued: bool
    checklist: tuple[str, ...]
    people: tuple[UserId, ...]
    reasons: tuple[Reason, ...]
    may_return: bool

    @property
    def in_words(self) -> str:
        """What it waits for."""
        back = f", or return it to {self.source_name}" if self.may_return else ""
        if self.people:
            queued = " Nobody of it was there to be given it." if self.is_queued else ""
            return f"The team {self.team_name} has to accept it{back}.{queued}"
        return f"Nobody is in the team {self.team_name}: a pipe admin has to accept it{back}."

    @property
    def who(self) -> str:
        """Who may accept it, in words."""
        return f"the team {self.team_name}" if self.people else "a pipe admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """A clock that has not been stopped.

    Attributes:
        calendar: In whose hours it runs; None for a clock that always runs.
        still_because: Why it stands still: a hold, or its rule, in words.
        opens_at: When its calendar's hours begin again, if it is outside them.
    """

    id: ClockId
    name: str
    state: ClockState
    target: str
    calendar: CalendarName | None
    deadline: Instant
    still_because: str | None
    opens_at: Instant | None


def explain_request(
    pipe: CompiledPipe, card: Card, actor: Actor, facts: Facts
) -> AwaitedRequest | None:
    """The request that waits on the card."""
    definition = pipe.definition
    now = round_of(definition, card, facts)
    if now is None or card.life.status != "open":
        return None
    standing, asked = facts.actor, now.request
    reasons = reasons_against_deciding(definition, card, now, facts)
    clock = card.clocks.get(stage_clock(now.stage.id))
    named = (*now.stage.by, *(now.stage.escalate_to if asked.is_escalated else ()))
    return AwaitedRequest(
        transition=now.transition.id,
        label=now.transition.label,
        requester=asked.requester,
        requested_at=asked.requested_at,
        comment=asked.comment,
        stage=now.stage.id,
        stage_name=now.stage.name,
        who=in_words(definition, named),
        needed=now.state.needed,
        approvals=now.state.approvals,
        approvers=tuple(sorted(now.state.eligible)),
        undecided=tuple(sorted(now.state.undecided)),
        decisions=asked.decisions,
        is_escalated=asked.is_escalated,
        deadline=clock.deadline if clock is not None and clock.measures else None,
        reasons=tuple(reasons),
        names=decides_for(standing, now.state, asked) if standing and not reasons else (),
        may_withdraw=actor == asked.requester or (standing is not None and standing.is_pipe_admin),
    )


def questions_handoff(card: Card) -> set[Question]:
    """What has to be known to explain a handoff: who is in the team."""
    return set() if card.handoff is None else {PeopleIn(principal=f"team:{card.handoff.team}")}


def explain_handoff(pipe: CompiledPipe, card: Card, facts: Facts) -> AwaitedHandoff | None:
    """The handoff that waits on the card."""
    definition, handoff = pipe.definition, card.handoff
    rule = definition.phase(card.stay.phase).handoff
    if handoff is None or rule is None or card.life.status != "open":
        return None
    clock = card.clocks.get(HANDOFF_CLOCK)
    team = answer(facts.members, PeopleIn(principal=f"team:{handoff.team}"))
    return AwaitedHandoff(
        source=handoff.source,
        source_name=definition.phase(handoff.source).name,
        team=handoff.team,
        team_name=definition.teams.get(handoff.team, handoff.team),
        since=handoff.since,
        deadline=clock.deadline if clock is not None and clock.is_alive else None,
        reminders=handoff.reminders,
        is_queued=handoff.is_queued,
        checklist=rule.checklist,
        people=tuple(sorted({*team, *kept_by(definition, card)})),
        reasons=tuple(reasons_against_accepting(definition, card, facts)),
        may_return=rule.return_to_sender,
    )


def questions_clocks(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known to explain the clocks: whether their calendars are open."""
    return {
        OpensAt(calendar=CalendarName(clock.calendar))
        for clock in running(pipe, card)
        if clock.calendar is not None
    }


def explain_clocks(pipe: CompiledPipe, card: Card, facts: Facts) -> tuple[RunningClock, ...]:
    """The clocks that have not been stopped, and why those stand still that do."""
    data = data_for_rules(pipe, card, facts, card.values)
    found = []
    for clock in running(pipe, card):
        opens = None
        if clock.calendar is not None:
            opens = answer(facts.openings, OpensAt(calendar=CalendarName(clock.calendar)))
        found.append(
            RunningClock(
                id=clock.id,
                name=clock_name(pipe.definition, clock.id),
                state=clock.state,
                target=clock.target,
                calendar=CalendarName(clock.calendar) if clock.calendar is not None else None,
                deadline=clock.deadline,
                still_because=why_still(pipe, card, clock, data) if clock.stands_still else None,
                opens_at=opens if opens is not None and opens > facts.as_of else None,
            )
        )
    return tuple(found)


def clock_name(definition: Definition, clock: str) -> str:
    """What a clock measures, in words."""
    kind, _, name = clock.partition(":")
    phases = definition.phases_by_id
    phase = phases[PhaseId(name)].name if name in phases else name
    match kind:
        case "phase":
            return f"the time for {phase}"
        case "handoff":
            return "the time to accept it"
        case "stage":
            return f"the time for “{_stage_name(definition, name)}”"
        case _:
            return f"the time for the whole {definition.card.noun}"


def _stage_name(definition: Definition, stage: str) -> str:
    named = (
        each.name
        for way in definition.transitions
        if way.approval is not None
        for each in way.approval.stages
        if each.id == stage
    )
    return next(named, stage)
