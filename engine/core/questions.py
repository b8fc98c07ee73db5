"""What `decide` has to be told for a command: a table of commands and their questions."""

from typing import assert_never

from engine.core.card import Card
from engine.core.clocks import questions_holding, questions_resuming
from engine.core.commands import (
    AddComment,
    AssignCard,
    CancelCard,
    ClaimCard,
    Command,
    CreateCard,
    EditCard,
    HoldCard,
    MoveCard,
    PassTimer,
    ReopenCard,
    ResumeCard,
    RingClock,
)
from engine.core.facts import Facts, Question
from engine.core.life import questions_create, questions_reopen
from engine.core.moving import (
    questions_children,
    questions_entering,
    questions_following,
    questions_move,
)
from engine.core.people import questions_assign
from engine.core.values import questions_values
from pipes.forms import CompiledPipe


def questions(pipe: CompiledPipe, card: Card | None, command: Command) -> frozenset[Question]:
    """Everything that has to be known before the command can be decided for the card as it is."""
    wish = command.wish
    if isinstance(wish, CreateCard):
        return frozenset(questions_create(pipe, wish))
    if card is None:
        return frozenset()
    match wish:
        case EditCard():
            asked = questions_values(pipe, wish.values) | questions_children(pipe, card)
            return frozenset(asked | questions_following(pipe, card))
        case MoveCard():
            return frozenset(questions_move(pipe, card, wish))
        case AssignCard():
            return frozenset(questions_assign(wish) | questions_following(pipe, card))
        case HoldCard():
            return frozenset(questions_holding(card))
        case ResumeCard():
            return frozenset(questions_resuming(card) | questions_following(pipe, card))
        case ReopenCard():
            return frozenset(questions_reopen(pipe, card, wish))
        case PassTimer():
            target = pipe.definition.transition(wish.transition).target
            asked = questions_entering(pipe, target) | questions_children(pipe, card)
            return frozenset(asked | questions_following(pipe, card))
        case ClaimCard() | AddComment() | CancelCard() | RingClock():
            return frozenset(questions_following(pipe, card))
        case _ as unknown:
            assert_never(unknown)


def answers_all(pipe: CompiledPipe, card: Card | None, command: Command, facts: Facts) -> bool:
    """Whether the facts tell everything that has to be known for the command."""
    return questions(pipe, card, command) <= facts.answered()
