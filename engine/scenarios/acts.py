"""From what a scenario's people do to the commands that they send."""

from typing import assert_never

from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    CancelCard,
    CreateCard,
    EditCard,
    HoldCard,
    MoveCard,
    PressButton,
    RejectRequest,
    ReopenCard,
    ResumeCard,
    ReturnHandoff,
    Wish,
    WithdrawRequest,
)
from engine.scenarios.world import World
from pipes.identifiers import AutomationId, PhaseId, StageId, TransitionId
from pipes.scenarios import Act

# A rejection needs a comment; where the story does not care which, it is this.
_SOME_COMMENT = "Not like this."


def wish_of(act: Act, world: World) -> Wish:
    """The command that an act sends."""
    text = act.text or ""
    match act.deed:
        case "create":
            return CreateCard(
                card="scenario",
                number=1,
                definition_version=1,
                definition_hash="",
                values=act.fields,
            )
        case "edit":
            return EditCard(values=act.fields)
        case "move":
            return _move(act, world)
        case "assign":
            return AssignCard(assignees=tuple(world.cast.user(who) for who in act.object))
        case "comment":
            return AddComment(text=text)
        case "hold":
            return HoldCard(reason=text)
        case "resume":
            return ResumeCard()
        case "cancel":
            return CancelCard(reason=text)
        case "reopen":
            return ReopenCard(reason=act.text or _SOME_COMMENT, to=PhaseId(act.object[0]))
        case "approve":
            return ApproveRequest(comment=act.text, stage=_stage(act))
        case "reject":
            return RejectRequest(comment=act.text or _SOME_COMMENT, stage=_stage(act))
        case "withdraw":
            return WithdrawRequest()
        case "accept":
            return AcceptHandoff(checked=_checked(act, world))
        case "return":
            return ReturnHandoff(reason=text)
        case "press":
            return PressButton(automation=AutomationId(act.object[0]))
        case _ as unknown:
            assert_never(unknown)


def _move(act: Act, world: World) -> MoveCard:
    name = act.object[0]
    is_phase = name in world.pipe.definition.phases_by_id
    if is_phase and name not in world.pipe.definition.transitions_by_id:
        return MoveCard(to=PhaseId(name), values=act.fields, comment=act.text)
    return MoveCard(transition=TransitionId(name), values=act.fields, comment=act.text)


def _stage(act: Act) -> StageId | None:
    return StageId(act.object[0]) if act.object else None


def _checked(act: Act, world: World) -> tuple[str, ...]:
    if not act.is_all_ticked or world.card is None:
        return act.object
    rule = world.pipe.definition.phase(world.card.stay.phase).handoff
    return () if rule is None else rule.checklist
