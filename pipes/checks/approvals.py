"""Approvals that somebody can give, and handoffs that somebody can accept."""

from collections.abc import Iterator

from pipes.checks.places import acting, told
from pipes.definition import Approval, ApprovalStage, Definition, NeedCount, Transition
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import FieldId
from pipes.principals import Principal


def check_approvals(definition: Definition) -> Iterator[Finding]:
    """What is wrong with who decides and who takes over."""
    for index, way in enumerate(definition.transitions):
        if way.approval is not None:
            yield from _approval(definition, way, way.approval, f"/transitions/{index}")
    yield from _handoffs(definition)
    yield from _anyone(definition)


def _approval(
    definition: Definition, way: Transition, approval: Approval, place: str
) -> Iterator[Finding]:
    if way.automatic or way.after is not None:
        message = f"“{way.label}” happens by itself, and then waits for an approval."
        part = "automatic" if way.automatic else "after"
        yield report(FindingCode.APPROVAL_AND_AUTOMATIC, f"{place}/{part}", message)
    for number, stage in enumerate(approval.stages):
        yield from _stage(definition, approval, stage, f"{place}/approval/stages/{number}")


def _stage(
    definition: Definition, approval: Approval, stage: ApprovalStage, place: str
) -> Iterator[Finding]:
    deciding = [each for each in stage.by if each not in approval.exclude]
    if not deciding:
        names = ", ".join(map(str, stage.by)) or "nobody"
        message = f"“{stage.name}” asks {names}, and all of them are excluded."
        yield report(FindingCode.NOBODY_DECIDES, f"{place}/by", message)
    else:
        most = most_people(definition, deciding)
        if isinstance(stage.need, NeedCount) and most is not None and stage.need.count > most:
            people = "one person" if most == 1 else f"{most} people"
            message = f"“{stage.name}” needs {stage.need.count} approvals and asks {people}."
            yield report(FindingCode.NEED_TOO_HIGH, f"{place}/need", message)
    escalates = stage.deadline is not None and stage.on_deadline == "escalate"
    if escalates and not stage.escalate_to:
        message = f"When the deadline of “{stage.name}” passes, nobody else is asked."
        yield report(FindingCode.NOBODY_ESCALATED, f"{place}/deadline", message)


def most_people(definition: Definition, principals: list[Principal]) -> int | None:
    """How many people the principals are at most; None if there is no telling."""
    found = 0
    for principal in dict.fromkeys(principals):
        match principal.kind:
            case "user" | "creator" | "requester":
                found += 1
            case "field":
                field = definition.fields.get(FieldId(principal.name))
                if field is None or field.kind != "user":
                    return None
                found += 1
            case _:
                return None
    return found


def _handoffs(definition: Definition) -> Iterator[Finding]:
    for index, phase in enumerate(definition.phases):
        if phase.handoff is None:
            continue
        place = f"/phases/{index}/handoff"
        if phase.team is None:
            message = "A handoff is to a team, and this phase has none."
            fix = "Add “team” to the phase."
            yield report(FindingCode.HANDOFF_WITHOUT_TEAM, place, message, fix)
            continue
        before = {
            definition.phases_by_id[source].team
            for way in definition.transitions
            if way.target == phase.id
            for source in way.sources
            if source in definition.phases_by_id
        }
        if before <= {phase.team}:
            message = f"Every card comes to “{phase.name}” from its own team."
            yield report(FindingCode.NO_HANDOFF_POSSIBLE, place, message)


def _anyone(definition: Definition) -> Iterator[Finding]:
    """`anyone` is for people who are not signed in, and they only ever create cards."""
    for place, principal in acting(definition):
        if principal.kind == "anyone" and not place.startswith("/start/"):
            message = "`anyone` is no more than every member here: nobody else is signed in."
            yield report(FindingCode.PUBLIC_MOVE, place, message)
    for place, principal in told(definition):
        if principal.kind == "anyone":
            message = "`anyone` addresses nobody here: say who is meant."
            yield report(FindingCode.PUBLIC_MOVE, place, message)
