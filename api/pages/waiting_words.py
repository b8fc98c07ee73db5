"""What happened to requests and handoffs, in words."""

from api.pages.reader import Names
from engine.core.approval_events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    DecisionsVoided,
    RequestApproved,
    RequestRejected,
    RequestReturned,
    RequestWithdrawn,
    StageEscalated,
    StageOpened,
    StagePassed,
)
from engine.core.events import Event, Occurrence
from engine.core.handoff_events import (
    HandoffAccepted,
    HandoffBegun,
    HandoffOffered,
    HandoffOverdue,
    HandoffQueued,
    HandoffReturned,
)
from engine.core.rights import in_words
from pipes.definition import Definition
from pipes.identifiers import FieldId, PhaseId, StageId, TeamId, TransitionId, UserId
from pipes.principals import parse_principal

_BECAUSE = {"deadline": "nobody decided in time", "too_few": "too few were left to decide"}


def about_request(
    definition: Definition, event: Event, names: Names, hidden: frozenset[FieldId]
) -> str | None:
    """What happened to a request for approval; nothing if the event is about something else."""
    match body := event.body:
        case ApprovalRequested():
            return f"asked for approval of “{_way(definition, body.transition)}”"
        case StageOpened():
            return f"opened “{body.name}” for decisions"
        case ApprovalGiven():
            return f"approved “{_stage(definition, body.stage)}”" + _for(
                event, body.in_name_of, names
            )
        case ApprovalRefused():
            return f"rejected “{_stage(definition, body.stage)}”" + _for(
                event, body.in_name_of, names
            )
        case StageEscalated():
            people = in_words(definition, map(parse_principal, body.to))
            stage = _stage(definition, body.stage)
            return f"let {people} decide “{stage}”, too: {_BECAUSE[body.because]}"
        case StagePassed():
            how = ", as its time was up" if body.by_deadline else ""
            return f"closed “{_stage(definition, body.stage)}”: approved{how}"
        case DecisionsVoided():
            labels = ", ".join(
                definition.fields[name].label
                for name in body.fields
                if name in definition.fields and name not in hidden
            )
            what = labels or "something"
            return f"made the decisions void, as {what} changed; the approvers are asked again"
        case RequestApproved():
            return f"approved “{_way(definition, body.transition)}”"
        case RequestRejected():
            # What a person has said stands with their decision.
            why = "" if event.actor.kind == "user" else f": {body.reason}"
            return f"ended the request for “{_way(definition, body.transition)}”{why}"
        case RequestReturned():
            way = _way(definition, body.transition)
            return f"gave “{way}” back to who asked: {' '.join(body.reasons)}"
        case RequestWithdrawn():
            why = f": {body.comment}" if body.comment else ""
            return f"withdrew the request for “{_way(definition, body.transition)}”{why}"
        case _:
            return None


def about_handoff(definition: Definition, body: Occurrence) -> str | None:
    """What happened to a handoff; nothing if the event is about something else."""
    match body:
        case HandoffBegun():
            return f"handed it over to the team {_team(definition, body.team)}"
        case HandoffQueued():
            return f"left it in the queue of {_team(definition, body.team)}: nobody is there"
        case HandoffOffered():
            return f"offered it anew to the team {_team(definition, body.team)}"
        case HandoffAccepted():
            return f"accepted it for the team {_team(definition, body.team)}"
        case HandoffReturned():
            return f"returned it to {_phase(definition, body.target)}: {body.reason}"
        case HandoffOverdue():
            team = _team(definition, body.team)
            return f"noted that {team} has not accepted it, for the {_nth(body.count)} time"
        case _:
            return None


def _way(definition: Definition, transition: TransitionId) -> str:
    known = definition.transitions_by_id.get(transition)
    return known.label if known is not None else transition


def _stage(definition: Definition, stage: StageId) -> str:
    named = (
        each.name
        for way in definition.transitions
        if way.approval is not None
        for each in way.approval.stages
        if each.id == stage
    )
    return next(named, stage)


def _team(definition: Definition, team: TeamId) -> str:
    return definition.teams.get(team, team)


def _phase(definition: Definition, phase: PhaseId) -> str:
    known = definition.phases_by_id.get(phase)
    return known.name if known is not None else phase


def _for(event: Event, person: UserId, names: Names) -> str:
    if event.actor.id == person:
        return ""
    return f" in the name of {names.person(person).name}"


def _nth(count: int) -> str:
    suffix = (
        "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    )
    return f"{count}{suffix}"
