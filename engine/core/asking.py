"""Deciding where somebody answers: what shows to be needed only on the way is asked for as well.

`questions` foresees what a decision needs from the card as it is; a rule over the time, or one
action that builds on another, may write a value of which more follows than could be foreseen.
"""

from collections.abc import Callable

from engine.core.card import Card
from engine.core.commands import Command
from engine.core.decide import Events, decide
from engine.core.facts import Facts, Question, Unanswered
from engine.core.questions import questions
from engine.core.reasons import Rejection
from pipes.forms import CompiledPipe


def decide_asking(
    pipe: CompiledPipe,
    card: Card | None,
    command: Command,
    answers: Callable[[frozenset[Question]], Facts],
    target: CompiledPipe | None = None,
) -> Events | Rejection:
    """Decides a command with facts that `answers` gives to questions.

    `target` is the definition to which `MigrateCard` leads.

    Raises:
        Unanswered: One of them stays without an answer.
    """
    besides: tuple[Question, ...] = ()
    while True:
        asked = questions(pipe, card, command, target).union(besides)
        try:
            return decide(pipe, card, command, answers(asked), target)
        except Unanswered as missing:
            besides = with_missing(besides, missing)


def with_missing(besides: tuple[Question, ...], missing: Unanswered) -> tuple[Question, ...]:
    """What was asked besides, with the question that nobody had foreseen.

    Raises:
        Unanswered: It was among them: asking again would never end.
    """
    if missing.question in besides:
        raise missing
    return (*besides, missing.question)
