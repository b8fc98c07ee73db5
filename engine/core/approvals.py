"""Approvals: a move that waits for people, round by round, until it happens or ends.

How a single round stands is in `stages`.
"""

from dataclasses import dataclass
from typing import Literal, assert_never

from engine.core.actors import ENGINE
from engine.core.addressees import ADMINS
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
from engine.core.card import Card, Request
from engine.core.clock_names import stage_clock
from engine.core.clocks import start_clock, stop_waiting
from engine.core.commands import ApproveRequest, LookAgain, RejectRequest, WithdrawRequest
from engine.core.entering import go, questions_entering, take
from engine.core.events import CardAssigned, CardResumed, FieldsChanged
from engine.core.facts import Facts, Question
from engine.core.gates import LONGEST_COMMENT, reasons_against_entering, reasons_against_move
from engine.core.migration_events import CardMigrated
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import in_words, reasons_against_deed
from engine.core.seen import data_for_rules
from engine.core.stages import (
    Tally,
    decides_for,
    eligible_people,
    excluded_people,
    need_in_words,
    questions_deadlines,
    questions_stages,
    stage_of,
    tally,
    time_to_decide,
)
from engine.core.story import Story
from engine.core.values import finished
from pipes.definition import Approval, ApprovalStage, Definition, Transition
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, UserId
from pipes.quick import quick, replace

# --- what has to be known -------------------------------------------------------------------------


def questions_deciding(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the pending request can go on, whatever comes of it."""
    if card.pending is None:
        return set()
    transition = pipe.definition.transition(card.pending.transition)
    approval = transition.approval
    if approval is None:
        return set()
    asked = questions_stages(pipe.definition, card.values, approval, approval.stages)
    asked |= questions_deadlines(pipe.definition, card.stay.phase, approval.stages)
    asked |= questions_entering(pipe, card, transition.target)
    if approval.on_reject is not None:
        asked |= questions_entering(pipe, card, approval.on_reject)
    return asked


# --- asking ---------------------------------------------------------------------------------------


def request(story: Story, transition: Transition, comment: str | None) -> None:
    """Asks for the approvals that the transition waits for."""
    if transition.approval is None:
        return
    story.happens(ApprovalRequested(transition=transition.id, comment=comment))
    _open(story, transition, transition.approval, transition.approval.stages[0])


def _open(
    story: Story,
    transition: Transition,
    approval: Approval,
    stage: ApprovalStage,
    changed: tuple[FieldId, ...] = (),
) -> None:
    pending = story.card.pending
    if pending is None:
        return
    definition = story.pipe.definition
    people = eligible_people(
        definition, story.card, story.facts, request=pending, approval=approval, stage=stage
    )
    story.happens(
        StageOpened(
            transition=transition.id,
            stage=stage.id,
            name=stage.name,
            approvers=tuple(sorted(people)),
            need=need_in_words(stage.need),
            changed=changed,
        )
    )
    question = time_to_decide(definition, story.card.stay.phase, stage)
    if question is not None:
        start_clock(story, stage_clock(stage.id), "approval", question)
    settle_request(story)


def settle_request(story: Story) -> None:
    """Draws the conclusion from how the open round stands; on hold it is not drawn yet."""
    now = open_round(story)
    if now is None or story.card.life.hold is not None:
        return
    match now.state.verdict:
        case "open":
            return
        case "approved":
            pass_stage(story, now, by_deadline=False)
        case "rejected":
            last = [each.comment for each in now.request.decisions if not each.approves]
            reject(story, now, (last and last[-1]) or "Rejected.")
        case "too_few":
            escalate(story, now, "too_few")
        case _ as unknown:
            assert_never(unknown)


# --- how it goes on -------------------------------------------------------------------------------


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The open round of the pending request, and how it stands."""

    request: Request
    transition: Transition
    approval: Approval
    stage: ApprovalStage
    state: Tally


def open_round(story: Story) -> Round | None:
    """The round that is open, at this point of the story."""
    return round_of(story.pipe.definition, story.card, story.facts)


def round_of(definition: Definition, card: Card, facts: Facts) -> Round | None:
    """The round that is open on a card; nothing if no request waits."""
    request_ = card.pending
    if request_ is None:
        return None
    transition = definition.transition(request_.transition)
    approval = transition.approval
    stage = stage_of(approval, request_) if approval is not None else None
    if approval is None or stage is None:
        return None
    return Round(
        request=request_,
        transition=transition,
        approval=approval,
        stage=stage,
        state=tally(definition, card, facts, request=request_, approval=approval, stage=stage),
    )


def pass_stage(story: Story, now: Round, *, by_deadline: bool) -> None:
    """The open round is satisfied: the next one begins, or the move happens."""
    story.happens(StagePassed(stage=now.stage.id, by_deadline=by_deadline))
    stop_waiting(story)
    stages = now.approval.stages
    after = stages[stages.index(now.stage) + 1 :]
    if after:
        _open(story, now.transition, now.approval, after[0])
    else:
        _finish(story, now)


def escalate(story: Story, now: Round, because: Literal["deadline", "too_few"]) -> None:
    """Lets more people decide; once for each round."""
    if now.request.is_escalated:
        return
    request_ = replace(now.request, is_escalated=True)
    people = eligible_people(
        story.pipe.definition,
        story.card,
        story.facts,
        request=request_,
        approval=now.approval,
        stage=now.stage,
    )
    story.happens(
        StageEscalated(
            stage=now.stage.id,
            to=tuple(map(str, now.stage.escalate_to or (ADMINS,))),
            because=because,
            approvers=tuple(sorted(people)),
        )
    )
    settle_request(story)


def reject(story: Story, now: Round, why: str) -> None:
    """Ends the request without the move; the card goes where the definition says, or stays."""
    target = now.approval.on_reject
    stop_waiting(story)
    story.happens(
        RequestRejected(transition=now.transition.id, stage=now.stage.id, reason=why, target=target)
    )
    if target is not None and target != story.card.stay.phase:
        go(story, now.transition, target, why)


def _finish(story: Story, now: Round) -> None:
    free = replace(story.card, pending=None)
    data = data_for_rules(story.pipe, free, story.facts, free.values)
    reasons = reasons_against_move(
        story.pipe, free, now.transition, actor=ENGINE, facts=story.facts, data=data
    ) + reasons_against_entering(
        story.pipe.definition.phase(now.transition.target), story.facts, now.transition.id
    )
    if reasons:
        said = tuple(reason.message for reason in reasons)
        story.happens(RequestReturned(transition=now.transition.id, reasons=said))
        return
    story.happens(RequestApproved(transition=now.transition.id))
    take(story, now.transition, now.request.comment)


def void_if_edited(story: Story) -> None:
    """Asks the approvers again if a field has changed on which they had decided."""
    pending = story.card.pending
    if pending is None:
        return
    transition = story.pipe.definition.transition(pending.transition)
    if transition.approval is None:
        return
    changed: set[FieldId] = set()
    for event in story.events:
        match event.body:
            case ApprovalRequested():  # What was written along with it is what is decided on.
                changed.clear()
            case FieldsChanged(changes=changes):
                changed.update(change.field for change in changes)
            case _:
                continue
    fields = tuple(name for name in transition.approval.reset_on_edit if name in changed)
    if fields:
        stop_waiting(story)
        story.happens(DecisionsVoided(fields=fields))
        first = transition.approval.stages[0]
        _open(story, transition, transition.approval, first, changed=fields)


def settle_if_people_changed(story: Story) -> None:
    """Draws the conclusion anew if others may decide than before, or the card goes on."""
    if isinstance(story.command.wish, LookAgain) or any(
        isinstance(event.body, FieldsChanged | CardAssigned | CardResumed | CardMigrated)
        for event in story.events
    ):
        settle_request(story)


# --- the commands ---------------------------------------------------------------------------------


def decide_approve(story: Story, wish: ApproveRequest) -> None:
    """Somebody says yes."""
    now = _asked(story, wish)
    person = None if now is None else _in_whose_name(story, now, wish.in_name_of)
    if now is None or person is None:
        return
    comment = (wish.comment or "").strip() or None
    if not _said_already(now.request, person, approves=True, comment=comment):
        given = ApprovalGiven(stage=now.stage.id, in_name_of=person, comment=comment)
        story.happens(given)
        settle_request(story)


def decide_reject(story: Story, wish: RejectRequest) -> None:
    """Somebody says no, and why."""
    now = _asked(story, wish)
    if not wish.comment.strip():
        message = "Say why: a rejection needs a comment."
        story.against([Reason(code=ReasonCode.COMMENT_REQUIRED, message=message)])
    person = None if now is None else _in_whose_name(story, now, wish.in_name_of)
    if now is None or person is None or story.reasons:
        return
    comment = wish.comment.strip()
    if not _said_already(now.request, person, approves=False, comment=comment):
        refused = ApprovalRefused(stage=now.stage.id, in_name_of=person, comment=comment)
        story.happens(refused)
        settle_request(story)


def decide_withdraw(story: Story, wish: WithdrawRequest) -> None:
    """The requester, or an admin of the pipe, takes the request back."""
    card, standing = story.card, story.facts.actor
    story.against(reasons_against_deed("decide", story.command.actor, standing, card))
    if story.reasons:
        return
    if card.pending is None:
        story.against([_no_request()])
        return
    is_own = card.pending.requester == story.command.actor
    if not is_own and not (standing is not None and standing.is_pipe_admin):
        message = "Only who asked for approval, or a pipe admin, can withdraw the request."
        story.against([Reason(code=ReasonCode.NOT_ALLOWED, message=message)])
    if not story.reasons:
        withdraw(story, (wish.comment or "").strip() or None)


def withdraw(story: Story, comment: str | None) -> None:
    """Ends the pending request, if there is one."""
    if story.card.pending is None:
        return
    transition = story.card.pending.transition
    stop_waiting(story)
    story.happens(RequestWithdrawn(transition=transition, comment=comment))


def _asked(story: Story, wish: ApproveRequest | RejectRequest) -> Round | None:
    """The round that the sender speaks to; what stands against anybody's decision is noted."""
    card = story.card
    story.against(reasons_against_deed("decide", story.command.actor, story.facts.actor, card))
    if story.reasons:
        return None
    if card.life.status != "open":
        story.against([finished(card)])
        return None
    now = open_round(story)
    if now is None:
        story.against([_no_request()])
        return None
    if wish.stage is not None and wish.stage != now.stage.id:
        message = f"That round is closed; “{now.stage.name}” decides now."
        story.against([Reason(code=ReasonCode.STAGE_CLOSED, message=message)])
    if card.life.hold is not None:
        message = f"The card is on hold: {card.life.hold.reason}"
        story.against([Reason(code=ReasonCode.ON_HOLD, message=message)])
    if len(wish.comment or "") > LONGEST_COMMENT:
        message = f"A comment has at most {LONGEST_COMMENT} characters."
        story.against([Reason(code=ReasonCode.TOO_LONG, message=message)])
    return now


def _in_whose_name(story: Story, now: Round, wanted: UserId | None) -> UserId | None:
    """In whose name the actor decides; why not is noted."""
    reasons = reasons_against_deciding(story.pipe.definition, story.card, now, story.facts)
    story.against(reasons)
    standing = story.facts.actor
    if story.reasons or standing is None:
        return None
    names = decides_for(standing, now.state, now.request)
    if wanted is None:
        return names[0]
    if wanted not in names:
        message = f"You cannot decide in the name of {wanted[:60]} here."
        story.against([Reason(code=ReasonCode.NOT_ALLOWED, message=message)])
        return None
    return wanted


def reasons_against_deciding(
    definition: Definition, card: Card, now: Round, facts: Facts
) -> list[Reason]:
    """Why the actor of the facts may not decide in the open round; empty if they may."""
    standing = facts.actor
    if standing is not None:
        excluded = excluded_people(definition, card, now.request, now.approval, facts)
        if standing.user in excluded:
            said = in_words(definition, now.approval.exclude)
            message = f"You may not decide here: {said} may not, so that two pairs of eyes look."
            return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]
        if decides_for(standing, now.state, now.request):
            return []
    message = f"“{now.stage.name}” is decided by {in_words(definition, now.stage.by)}."
    return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]


def may_decide_for(definition: Definition, card: Card, person: UserId, facts: Facts) -> bool:
    """Whether the actor of the facts may decide in a person's name in the round that is open.

    Who is excluded may not, and who has decided already may not decide again.
    """
    now = round_of(definition, card, facts)
    if now is None or facts.actor is None or reasons_against_deciding(definition, card, now, facts):
        return False
    return person in decides_for(facts.actor, now.state, now.request)


def _said_already(
    request_: Request, person: UserId, *, approves: bool, comment: str | None
) -> bool:
    return any(
        (each.in_name_of, each.approves, each.comment) == (person, approves, comment)
        for each in request_.decisions
    )


def _no_request() -> Reason:
    message = "No request waits for approval on this card."
    return Reason(code=ReasonCode.NO_REQUEST, message=message)
