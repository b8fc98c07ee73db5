"""What `decide` has to be told for a command: a table of commands and their questions."""

from typing import assert_never

from engine.core.acceptance import questions_accept, questions_return
from engine.core.approvals import questions_deciding
from engine.core.attachments import questions_attach
from engine.core.automatic import questions_running, questions_writing, set_by
from engine.core.card import Card
from engine.core.children import questions_link, values_of_link
from engine.core.clocks import questions_recompute, questions_settling
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
    Values,
    Wish,
    WithdrawRequest,
    WriteFields,
)
from engine.core.facts import Facts, Question
from engine.core.handoffs import questions_offering
from engine.core.life import (
    questions_create,
    questions_hold,
    questions_reopen,
    questions_resume,
)
from engine.core.migrating import questions_migrating
from engine.core.moving import (
    questions_children,
    questions_following,
    questions_move,
    questions_timer,
)
from engine.core.people import questions_assign
from engine.core.ringing import questions_ringing
from engine.core.values import questions_values
from pipes.forms import CompiledPipe
from pipes.quick import replace


def questions(
    pipe: CompiledPipe,
    card: Card | None,
    command: Command,
    target: CompiledPipe | None = None,
) -> frozenset[Question]:
    """Everything that has to be known before the command can be decided for the card as it is.

    `target` is the definition to which `MigrateCard` leads; its calendars are then meant.
    """
    wish = command.wish
    if isinstance(wish, CreateCard):
        return frozenset(questions_create(pipe, wish))
    if card is None:
        return frozenset()
    if isinstance(wish, MigrateCard):
        return frozenset(questions_migrating(pipe, target, card, wish))
    asked = _asked(pipe, card, wish)
    written = _written(pipe, card, wish)
    if written:  # Who is asked, and which children count, may follow from what is written.
        asked |= _asked(pipe, replace(card, values={**card.values, **written}), wish)
    return frozenset(asked)


def _written(pipe: CompiledPipe, card: Card, wish: Wish) -> Values:
    """The values that the card will have because of the wish, as far as they can be foreseen."""
    match wish:
        case EditCard(values=values) | MoveCard(values=values) | WriteFields(values=values):
            return values
        case LinkCards() | UnlinkCards():
            return values_of_link(card, wish)
        case RunActions():
            return set_by(pipe, card, wish)
        case _:
            return {}


def _asked(pipe: CompiledPipe, card: Card, wish: Wish) -> set[Question]:
    asked = _own(pipe, card, wish) | questions_following(pipe, card)
    return asked | questions_settling(pipe, card)


def _own(pipe: CompiledPipe, card: Card, wish: Wish) -> set[Question]:
    """What the command itself needs; what may follow from it comes besides."""
    match wish:
        case EditCard():
            asked = questions_values(pipe, wish.values) | questions_children(pipe, card)
            return asked | questions_deciding(pipe, card)
        case MoveCard():
            return questions_move(pipe, card, wish)
        case AssignCard():
            return questions_assign(wish) | questions_deciding(pipe, card)
        case ClaimCard():
            return questions_deciding(pipe, card)
        case HoldCard():
            return questions_hold(pipe, card)
        case ResumeCard():
            return questions_resume(pipe, card) | questions_deciding(pipe, card)
        case ReopenCard():
            return questions_reopen(pipe, card, wish)
        case ApproveRequest() | RejectRequest() | LookAgain():
            return questions_deciding(pipe, card) | questions_children(pipe, card)
        case OfferHandoff():
            return questions_offering(pipe, card) | questions_deciding(pipe, card)
        case AcceptHandoff():
            return questions_accept(pipe, card)
        case ReturnHandoff():
            return questions_return(pipe, card)
        case RecomputeClocks():
            return questions_recompute(pipe, card)
        case RingClock():
            return questions_ringing(pipe, card, wish) | questions_children(pipe, card)
        case PassTimer():
            return questions_timer(pipe, card, wish)
        case LinkCards() | UnlinkCards():
            asked = questions_link(pipe, card, wish) | questions_children(pipe, card)
            return asked | questions_deciding(pipe, card)
        case RunActions():
            return questions_running(pipe, card, wish) | questions_deciding(pipe, card)
        case WriteFields():
            return questions_writing(pipe, card, wish) | questions_deciding(pipe, card)
        case PressButton():
            return questions_children(pipe, card)
        case AttachFiles():
            return questions_attach(wish)
        case (
            AddComment()
            | DetachFile()
            | ReceiveEmail()
            | CancelCard()
            | WithdrawRequest()
            | CreateCard()
            | NoteFailure()
            | MigrateCard()
        ):
            return set()
        case _ as unknown:
            assert_never(unknown)


def answers_all(
    pipe: CompiledPipe,
    card: Card | None,
    command: Command,
    facts: Facts,
    target: CompiledPipe | None = None,
) -> bool:
    """Whether the facts tell everything that has to be known for the command."""
    return questions(pipe, card, command, target) <= facts.answered()
