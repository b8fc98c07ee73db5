"""The decision: a command for a card becomes events, or is turned away with every reason.

Total, deterministic and fast; the only thing in the house that decides. What each command means
is in the module of its subject.
"""

from typing import assert_never

from engine.core.acceptance import decide_accept, decide_return
from engine.core.approvals import (
    decide_approve,
    decide_reject,
    decide_withdraw,
    settle_if_people_changed,
    void_if_edited,
)
from engine.core.attachments import decide_attach, decide_detach
from engine.core.automatic import (
    decide_note_failure,
    decide_press,
    decide_run,
    decide_write,
)
from engine.core.card import Card
from engine.core.children import connections_changed, decide_link, settle_children
from engine.core.clocks import decide_recompute, settle_clocks
from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    AttachFiles,
    CancelCard,
    ClaimCard,
    Command,
    CreateCard,
    DetachFile,
    EditCard,
    HoldCard,
    LinkCards,
    LookAgain,
    MigrateCard,
    MoveCard,
    NoteFailure,
    OfferHandoff,
    PassTimer,
    PressButton,
    ReceiveEmail,
    RecomputeClocks,
    RejectRequest,
    ReopenCard,
    ResumeCard,
    ReturnHandoff,
    RingClock,
    RunActions,
    UnlinkCards,
    Wish,
    WithdrawRequest,
    WriteFields,
)
from engine.core.comments import decide_comment
from engine.core.events import Event
from engine.core.facts import Facts
from engine.core.handoffs import decide_offer
from engine.core.life import (
    decide_cancel,
    decide_create,
    decide_hold,
    decide_reopen,
    decide_resume,
)
from engine.core.migrating import decide_migrate
from engine.core.moving import decide_move, decide_pass_timer, follow_by_itself
from engine.core.people import decide_assign, decide_claim
from engine.core.reasons import Reason, ReasonCode, Rejection
from engine.core.ringing import decide_ring
from engine.core.story import Story
from engine.core.values import decide_edit
from pipes.forms import CompiledPipe

type Events = tuple[Event, ...]


def decide(
    pipe: CompiledPipe,
    card: Card | None,
    command: Command,
    facts: Facts,
    target: CompiledPipe | None = None,
) -> Events | Rejection:
    """Decides a command.

    Args:
        pipe: The definition that the card runs.
        card: The card as it is; None only for `CreateCard`.
        command: What is wanted, by whom.
        facts: What is known at this moment: an answer to each of `questions(…)`.
        target: The definition that the card is to run from now on; only for `MigrateCard`.

    Returns:
        The events, numbered from the card's version on; none where everything is as wanted
        already. Or the rejection.

    Raises:
        Unanswered: The facts lack an answer.
    """
    seen = command.seen_version
    if card is not None and seen is not None and seen != card.version:
        message = (
            f"The card has changed since you saw it: it is at version {card.version}, you saw"
            f" {seen}."
        )
        return Rejection(reasons=(Reason(code=ReasonCode.VERSION_CONFLICT, message=message),))
    story = Story(pipe, command, facts, card, target)
    _tell(story, command.wish)
    if story.reasons:
        return Rejection(reasons=tuple(dict.fromkeys(story.reasons)))
    if story.events or isinstance(command.wish, LookAgain):
        if isinstance(command.wish, LookAgain | MigrateCard) or connections_changed(story):
            settle_children(story)
        void_if_edited(story)
        settle_if_people_changed(story)
        follow_by_itself(story)
        settle_clocks(story)
    return tuple(story.events)


def _tell(story: Story, wish: Wish) -> None:
    match wish:
        case CreateCard():
            decide_create(story, wish)
        case EditCard():
            decide_edit(story, wish)
        case MoveCard():
            decide_move(story, wish)
        case AssignCard():
            decide_assign(story, wish)
        case ClaimCard():
            decide_claim(story, wish)
        case AddComment() | ReceiveEmail():
            decide_comment(story, wish)
        case AttachFiles():
            decide_attach(story, wish)
        case DetachFile():
            decide_detach(story, wish)
        case HoldCard():
            decide_hold(story, wish)
        case ResumeCard():
            decide_resume(story, wish)
        case CancelCard():
            decide_cancel(story, wish)
        case ReopenCard():
            decide_reopen(story, wish)
        case ApproveRequest():
            decide_approve(story, wish)
        case RejectRequest():
            decide_reject(story, wish)
        case WithdrawRequest():
            decide_withdraw(story, wish)
        case AcceptHandoff():
            decide_accept(story, wish)
        case ReturnHandoff():
            decide_return(story, wish)
        case LinkCards() | UnlinkCards():
            decide_link(story, wish)
        case PressButton():
            decide_press(story, wish)
        case MigrateCard():
            decide_migrate(story, wish)
        case _:
            _tell_by_itself(story, wish)


type _ByItself = (
    RunActions
    | WriteFields
    | NoteFailure
    | RecomputeClocks
    | LookAgain
    | OfferHandoff
    | RingClock
    | PassTimer
)


def _tell_by_itself(story: Story, wish: _ByItself) -> None:
    match wish:
        case RunActions():
            decide_run(story, wish)
        case WriteFields():
            decide_write(story, wish)
        case NoteFailure():
            decide_note_failure(story, wish)
        case RecomputeClocks():
            decide_recompute(story, wish)
        case LookAgain():
            return
        case OfferHandoff():
            decide_offer(story, wish)
        case RingClock():
            decide_ring(story, wish)
        case PassTimer():
            decide_pass_timer(story, wish)
        case _ as unknown:
            assert_never(unknown)
