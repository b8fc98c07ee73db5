"""Who is told of what happened to a card, and what they are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.core.actors import automation_name
from engine.core.addressees import ADMINS
from engine.core.approval_events import (
    RequestApproved,
    RequestRejected,
    RequestReturned,
    StageEscalated,
    StageOpened,
)
from engine.core.card import Card
from engine.core.clock_events import SlaEscalated, SlaWarned
from engine.core.events import (
    ActionRefused,
    CardAssigned,
    CommentAdded,
    Event,
    PeopleNotified,
)
from engine.core.explain_waiting import clock_name
from engine.core.handoff_events import (
    HandoffBegun,
    HandoffOffered,
    HandoffOverdue,
    HandoffQueued,
    HandoffReturned,
)
from engine.core.migration_events import CardMigrated
from pipes.definition import ApprovalStage
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, PhaseId, StageId, TransitionId, UserId
from pipes.principals import Principal, parse_principal
from pipes.quick import replace

type NoticeKind = Literal[
    "assigned",
    "mentioned",
    "commented",
    "approval",
    "request",
    "handoff",
    "clock",
    "told",
    "failed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Somebody is told something; of what waits for somebody who is away, their delegate as well.

    Attributes:
        to: Who, as principals.
        people: Those of them who are known already; the others are found when it is told.
        text: What, in one sentence.
        otherwise: Who is told where those are nobody.
    """

    notice_kind: NoticeKind
    to: tuple[Principal, ...]
    text: str
    people: tuple[UserId, ...] | None = None
    otherwise: tuple[Principal, ...] = ()


# In the place of a text that may hold what has become confidential.
WITHHELD = "What this said of the card has become confidential."
# Those whose texts may hold the value of any field: an author's, and why an automation failed.
HOLDING: frozenset[NoticeKind] = frozenset(("told", "failed"))


def notices(pipe: CompiledPipe, before: Card | None, event: Event) -> tuple[Notice, ...]:
    """Who is told of an event that happened to the card as it was before."""
    if before is None:
        return ()
    named = _named(pipe, before)
    match event.body:
        case CardAssigned(assignees=assignees, before=former):
            new = [each for each in assignees if each not in former and each != event.actor.id]
            return _to_people("assigned", new, f"{named} was given to you.")
        case CommentAdded(mentions=mentions):
            return _about_comment(before, event, mentions, named)
        case SlaWarned(clock=clock):
            text = f"{named}: {clock_name(pipe.definition, clock)} runs out soon."
            return (Notice(notice_kind="clock", to=_working_on(pipe, before), text=text),)
        case SlaEscalated(clock=clock, notify=notify):
            text = f"{named}: {clock_name(pipe.definition, clock)} has run out."
            to = tuple(map(parse_principal, notify))
            return (Notice(notice_kind="clock", to=to, text=text),) if to else ()
        case ActionRefused(automation=str() as automation, reasons=reasons):
            called, why = automation_name(automation), " ".join(reasons)
            text = f"{named}: the automation “{called}” has failed: {why}"
            return (Notice(notice_kind="failed", to=(ADMINS,), text=text),)
        case PeopleNotified(to=to, text=text):
            told = tuple(map(parse_principal, to))
            return (Notice(notice_kind="told", to=told, text=f"{named}: {text}"),)
        case _:
            return _about_request(pipe, before, event, named) or _about_handoff(
                pipe, before, event, named
            )


def waiting_request(pipe: CompiledPipe, card: Card) -> Notice | None:
    """What is told of the request that waits already to who may decide it from now on."""
    if card.pending is None or card.life.status != "open":
        return None
    label = pipe.definition.transition(card.pending.transition).label
    text = f"{_named(pipe, card)} waits for your approval: {label}."
    return Notice(notice_kind="approval", to=(), text=text)


def withholds(versions: Mapping[int, CompiledPipe], happened: Iterable[Event]) -> bool:
    """Whether what was told of a card before may not be read any more: it went over to a version
    in which a field is confidential that was not, and whose value a text may hold.

    Args:
        versions: The definitions that the card ran, by their numbers.
        happened: What happened to it.
    """
    return any(
        _hides_more(versions[body.source_version], versions[body.definition_version])
        for body in (event.body for event in happened)
        if isinstance(body, CardMigrated)
    )


def _hides_more(before: CompiledPipe, after: CompiledPipe) -> bool:
    former = before.definition.fields
    return any(
        field.confidential and (name not in former or not former[name].confidential)
        for name, field in after.definition.fields.items()
    )


def withheld(notice: Notice) -> Notice:
    """The same without its text, if that may hold what has become confidential."""
    return replace(notice, text=WITHHELD) if notice.notice_kind in HOLDING else notice


def in_place_of(notice: Notice, name: str) -> Notice:
    """The same, as the delegate of somebody who is away is told of it."""
    return replace(notice, text=f"{notice.text} You stand in for {name}, who is away.")


def _named(pipe: CompiledPipe, card: Card) -> str:
    """The card as everybody may be told of it: a confidential field's value is no name."""
    field = pipe.definition.card.title
    if field is not None and pipe.definition.fields[field].confidential:
        return card.identity.key
    return f"{card.identity.key} “{card.work.title}”"


def _to_people(kind: NoticeKind, people: list[UserId], text: str) -> tuple[Notice, ...]:
    if not people:
        return ()
    to = tuple(Principal("user", person) for person in people)
    return (Notice(notice_kind=kind, to=to, text=text, people=tuple(people)),)


def _about_comment(
    before: Card, event: Event, mentions: tuple[UserId, ...], named: str
) -> tuple[Notice, ...]:
    writer = event.actor.id
    mentioned = [person for person in mentions if person != writer]
    others = dict.fromkeys((*before.work.assignees, *_creator(before)))
    reading = [person for person in others if person != writer and person not in mentioned]
    return (
        *_to_people("mentioned", mentioned, f"You are mentioned in a comment on {named}."),
        *_to_people("commented", reading, f"There is a new comment on {named}."),
    )


def _creator(card: Card) -> tuple[UserId, ...]:
    creator = card.identity.creator
    return (UserId(creator.id),) if creator.kind == "user" else ()


def _working_on(pipe: CompiledPipe, card: Card) -> tuple[Principal, ...]:
    """Those whose work the card is: its assignees, else the team of its phase."""
    phase = pipe.definition.phase(card.stay.phase)
    if card.work.assignees or phase.team is None:
        return (Principal("assignees"),)
    return (Principal("team", phase.team),)


def _about_request(
    pipe: CompiledPipe, before: Card, event: Event, named: str
) -> tuple[Notice, ...]:
    match event.body:
        case StageOpened(transition=transition, stage=stage, approvers=people, changed=changed):
            label = pipe.definition.transition(transition).label
            again = " again" if changed else ""
            text = f"{named} waits for your approval{again}: {label}.{_changed(pipe, changed)}"
            to = _approvers(pipe, transition, stage)
            return (Notice(notice_kind="approval", to=to, text=text, people=people),)
        case StageEscalated(to=to, approvers=people):
            text = f"{named} waits for a decision that you may make now, too."
            told = tuple(map(parse_principal, to))
            return (Notice(notice_kind="approval", to=told, text=text, people=people),)
        case RequestApproved(transition=transition):
            text = f"{named}: “{pipe.definition.transition(transition).label}” was approved."
        case RequestRejected(transition=transition, reason=reason):
            label = pipe.definition.transition(transition).label
            text = f"{named}: “{label}” was rejected: {reason}"
        case RequestReturned(transition=transition, reasons=reasons):
            label = pipe.definition.transition(transition).label
            text = f"{named}: “{label}” could not be done: {' '.join(reasons)}"
        case _:
            return ()
    if before.pending is None or before.pending.requester.kind != "user":
        return ()
    people = (UserId(before.pending.requester.id),)
    requester = (Principal("requester"),)
    return (Notice(notice_kind="request", to=requester, text=text, people=people),)


def _changed(pipe: CompiledPipe, names: tuple[FieldId, ...]) -> str:
    """What changed, so that the approvers are asked again; of what is confidential only that."""
    if not names:
        return ""
    fields = (pipe.definition.fields.get(name) for name in names)
    labels = [field.label for field in fields if field is not None and not field.confidential]
    what = f"This has changed: {', '.join(labels)}." if labels else "Something has changed."
    return f" {what} What was decided before is void."


def _approvers(
    pipe: CompiledPipe, transition: TransitionId, stage: StageId
) -> tuple[Principal, ...]:
    approval = pipe.definition.transition(transition).approval
    stages: tuple[ApprovalStage, ...] = () if approval is None else approval.stages
    return next((each.by for each in stages if each.id == stage), ())


def _about_handoff(
    pipe: CompiledPipe, before: Card, event: Event, named: str
) -> tuple[Notice, ...]:
    match event.body:
        case HandoffBegun(team=team):
            rule = pipe.definition.phase(before.stay.phase).handoff
            if rule is None or rule.assign in ("round_robin", "least_loaded"):
                return ()  # Who is picked is told so.
            is_kept = rule.assign == "keep" and bool(before.work.assignees)
            waiting = Principal("assignees") if is_kept else Principal("team", team)
            text = f"{named} has arrived and waits to be accepted."
            return (Notice(notice_kind="handoff", to=(waiting,), text=text),)
        case HandoffQueued(team=team):
            text = f"{named} waits to be accepted, and nobody is there to be given it."
            both = (Principal("lead", team), Principal("team", team))
            return (Notice(notice_kind="handoff", to=both, text=text, otherwise=(ADMINS,)),)
        case HandoffOffered(team=team):
            rule = pipe.definition.phase(before.stay.phase).handoff
            if rule is None or rule.assign in ("round_robin", "least_loaded"):
                return ()  # Who is picked is told so.
            text = f"{named} waits to be accepted: nobody has it any more."
            to = (Principal("team", team),)
            return (Notice(notice_kind="handoff", to=to, text=text),)
        case HandoffOverdue(team=team, count=count):
            times = "" if count == 1 else f", {count} times the allowed time"
            text = f"Nobody has accepted {named} in time{times}."
            to = (Principal("lead", team),)
            return (Notice(notice_kind="handoff", to=to, text=text, otherwise=(ADMINS,)),)
        case HandoffReturned(target=target, reason=reason):
            former = list(before.handoff.assignees) if before.handoff is not None else []
            phase = _phase_name(pipe, target)
            return _to_people("handoff", former, f"{named} came back to {phase}: {reason}")
        case _:
            return ()


def _phase_name(pipe: CompiledPipe, phase: PhaseId) -> str:
    known = pipe.definition.phases_by_id.get(phase)
    return known.name if known is not None else phase
