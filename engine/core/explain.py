"""Why a card is where it is: what it waits for, who can act, what comes by itself and when.

From the same functions that decide, never from a second copy of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.actors import Actor
from engine.core.approvals import questions_deciding
from engine.core.card import Card, Clock
from engine.core.clocks import running
from engine.core.explain_waiting import (
    AwaitedHandoff,
    AwaitedRequest,
    RunningClock,
    clock_name,
    explain_clocks,
    explain_handoff,
    explain_request,
    questions_clocks,
    questions_handoff,
)
from engine.core.facts import Facts, Question
from engine.core.gates import reasons_against_move
from engine.core.moving import questions_children, questions_taking
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import in_words, who_may
from engine.core.seen import data_for_rules
from pipes.definition import Transition
from pipes.durations import in_words as duration_in_words
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, Instant, PhaseId, TransitionId, UserId

# What a person mends by filling in the form that a move opens.
_ASKED_FOR = frozenset((ReasonCode.MISSING_FIELD,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibility:
    """A transition that leaves the card's phase, as it stands for who asks.

    Attributes:
        allowed: Whether it may be taken right now; a comment it needs may still be missing.
        reasons: Everything that stands against it.
        missing: The fields that only have to be filled in.
        who: Who may take it, in words.
        by_itself: When or under what condition it happens by itself, in words.
        stages: The rounds of approvers that it asks, in order.
    """

    transition: TransitionId
    label: str
    target: PhaseId
    allowed: bool
    reasons: tuple[Reason, ...]
    missing: tuple[FieldId, ...]
    comment: str
    who: str
    by_itself: str | None = None
    stages: tuple[str, ...] = ()

    @property
    def only_asks(self) -> bool:
        """Whether nothing stands against it but fields that can be filled in with the move."""
        return bool(self.reasons) and all(reason.code in _ASKED_FOR for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """Something by which the card goes on, and who can do it.

    Attributes:
        who: In words.
        people: Those of them who are known by name.
    """

    what: str
    who: str
    people: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """Something that happens by itself."""

    at: Instant
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The card's situation in words, and what may come of it.

    Attributes:
        ways_out: What the open card waits for, and who can act.
        request: The move that waits for approval, if one does.
        handoff: The handoff that waits to be accepted, if one does.
        clocks: The clocks that have not been stopped, the earliest deadline first.
    """

    situation: str
    transitions: tuple[Possibility, ...]
    upcoming: tuple[Upcoming, ...]
    ways_out: tuple[WayOut, ...] = ()
    request: AwaitedRequest | None = None
    handoff: AwaitedHandoff | None = None
    clocks: tuple[RunningClock, ...] = ()


def questions_explain(pipe: CompiledPipe, card: Card) -> frozenset[Question]:
    """What has to be known to explain the card; nothing is reserved for it."""
    asked = questions_children(pipe, card) | questions_deciding(pipe, card)
    for way in pipe.definition.transitions_from[card.stay.phase]:
        asked |= questions_taking(pipe, card, way)
    return frozenset(asked | questions_clocks(pipe, card) | questions_handoff(card))


def explain(pipe: CompiledPipe, card: Card, actor: Actor, facts: Facts) -> Explanation:
    """Explains the card to an actor, whose standing is among the facts."""
    transitions = possibilities(pipe, card, actor, facts)
    request = explain_request(pipe, card, actor, facts)
    handoff = explain_handoff(pipe, card, facts)
    return Explanation(
        situation=_situation(pipe, card, transitions, request, handoff),
        transitions=transitions,
        upcoming=tuple(sorted(upcoming(pipe, card), key=lambda coming: coming.at)),
        ways_out=tuple(_ways_out(card, transitions, request, handoff)),
        request=request,
        handoff=handoff,
        clocks=explain_clocks(pipe, card, facts),
    )


def possibilities(
    pipe: CompiledPipe, card: Card, actor: Actor, facts: Facts
) -> tuple[Possibility, ...]:
    """The transitions that leave the card's phase; none from a card that has ended."""
    if card.life.status != "open":
        return ()
    data = data_for_rules(pipe, card, facts, card.values)
    return tuple(
        _possibility(
            pipe,
            way,
            reasons_against_move(pipe, card, way, actor=actor, facts=facts, data=data),
        )
        for way in pipe.definition.transitions_from[card.stay.phase]
    )


def _ways_out(
    card: Card,
    transitions: tuple[Possibility, ...],
    request: AwaitedRequest | None,
    handoff: AwaitedHandoff | None,
) -> Iterator[WayOut]:
    if card.life.status != "open":
        return
    if card.life.hold is not None:
        yield WayOut(what="take it off hold", who=who_may("resume"))
        return
    if request is not None:
        if request.undecided:
            decide = f"decide “{request.stage_name}”"
            yield WayOut(what=decide, who=request.who, people=request.undecided)
        person = request.requester.id if request.requester.kind == "user" else None
        yield WayOut(
            what="withdraw the request",
            who="the requester or a pipe admin" if person else "a pipe admin",
            people=(UserId(person),) if person else (),
        )
        return
    if handoff is not None:
        back = f", or return it to {handoff.source_name}" if handoff.may_return else ""
        yield WayOut(what=f"accept it{back}", who=handoff.who, people=handoff.people)
        return
    for way in transitions:
        yield WayOut(what=f"“{way.label}”", who=way.who)


def _possibility(pipe: CompiledPipe, way: Transition, reasons: list[Reason]) -> Possibility:
    missing = tuple(
        reason.field
        for reason in reasons
        if reason.code == ReasonCode.MISSING_FIELD and reason.field is not None
    )
    return Possibility(
        transition=way.id,
        label=way.label,
        target=way.target,
        allowed=not reasons,
        reasons=tuple(reasons),
        missing=missing,
        comment=way.comment,
        who=in_words(pipe.definition, way.by),
        by_itself=_by_itself(way),
        stages=() if way.approval is None else tuple(each.name for each in way.approval.stages),
    )


def _by_itself(way: Transition) -> str | None:
    if way.after is not None:
        return f"Happens by itself {duration_in_words(way.after)} after the phase was entered."
    return "Happens by itself as soon as nothing stands against it." if way.automatic else None


def _situation(
    pipe: CompiledPipe,
    card: Card,
    transitions: tuple[Possibility, ...],
    request: AwaitedRequest | None,
    handoff: AwaitedHandoff | None,
) -> str:
    phase = pipe.definition.phase(card.stay.phase)
    if card.life.status == "done":
        return f"The card is done: it ended in “{phase.name}”."
    if card.life.status == "cancelled":
        return f"The card was cancelled in “{phase.name}”."
    if card.life.hold is not None:
        by = card.life.hold.by
        who = f"@{by.id}" if by.kind == "user" else "an automation"
        return f"On hold in {phase.name} by {who}: {card.life.hold.reason}"
    if request is not None:
        return f"In “{phase.name}”. {request.in_words}"
    if handoff is not None:
        return f"In “{phase.name}”. {handoff.in_words}"
    ready = [way.label for way in transitions if way.allowed]
    if ready:
        return f"In “{phase.name}”. Ready for: {', '.join(ready)}."
    if not transitions:
        return f"In “{phase.name}”. No transition leads on from here."
    if any(way.only_asks for way in transitions):
        return f"In “{phase.name}”. Fill in what is missing to move on."
    return f"In “{phase.name}”. None of the next steps can be taken now."


def upcoming(pipe: CompiledPipe, card: Card) -> list[Upcoming]:
    """What will happen to the card by itself, in no order."""
    if card.life.status != "open":
        return []
    coming = [each for clock in running(pipe, card) for each in _moments(pipe, clock)]
    coming += [
        Upcoming(
            at=timer.at,
            what=f"“{pipe.definition.transition(timer.transition).label}” happens by itself",
        )
        for timer in card.stay.timers
        if not timer.passed
    ]
    return coming


def _moments(pipe: CompiledPipe, clock: Clock) -> list[Upcoming]:
    """What a clock will do, unless it is stopped or stands still before."""
    if clock.stands_still:
        return []
    name = clock_name(pipe.definition, clock.id)
    coming = [Upcoming(at=clock.deadline, what=f"{name} runs out")] if clock.measures else []
    said = {
        "warning": f"a warning that {name} runs out",
        "escalation": f"an escalation, as {name} ran out",
        "reminder": "the team's leads are reminded that nobody has accepted it",
    }
    return coming + [Upcoming(at=step.at, what=said[step.step_kind]) for step in clock.steps]
