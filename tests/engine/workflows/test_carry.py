"""Who asks for the same decision again is told the same, and it is decided once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, strategies as st

from engine.core.commands import AddComment, Command, HoldCard, MoveCard
from engine.core.decide import decide
from engine.core.facts import Facts
from engine.core.questions import questions
from engine.workflows.carry import LastDecision, decided
from engine.workflows.definitions import compiled
from pipes.identifiers import TransitionId
from tests.builders import Course, a_life
from tests.engine.workflows.errands import PINNED


def an_errand() -> Course:
    return a_life(compiled(PINNED)).creates(what="Fly home")


LIFE = an_errand()
WISHES = (
    MoveCard(transition=TransitionId("start")),
    MoveCard(transition=TransitionId("finish")),
    AddComment(text="Soon"),
    HoldCard(reason=""),
)
COMMANDS = tuple(LIFE.command("ana", wish) for wish in WISHES)


def facts_for(command: Command) -> Facts:
    return LIFE.facts(command.actor, questions(LIFE.pipe, LIFE.it, command, None))


@pytest.fixture
def counted() -> Iterator[list[Command]]:
    """The commands that are decided."""
    found: list[Command] = []

    def counting(*asked: object) -> object:
        found.append(asked[2])  # type: ignore[arg-type]  # the command
        return decide(*asked)  # type: ignore[arg-type]

    with patch("engine.workflows.carry.decide", counting):
        yield found


@given(asked=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 1))))
def test_it_is_the_same_whether_it_is_known_or_not(asked: list[tuple[int, int, int]]):
    cards = (LIFE.it, replace(LIFE.it, version=LIFE.it.version + 1))
    last = LastDecision()
    for number, card, later in asked:
        command = COMMANDS[number]
        facts = facts_for(command)
        facts = replace(facts, as_of=facts.as_of + timedelta(seconds=later))
        again = last.again(PINNED, cards[card], command, facts, None)

        assert again == decided(PINNED, cards[card], command, facts)


def test_the_validator_and_its_handler_decide_once(counted: list[Command]):
    last, command = LastDecision(), COMMANDS[0]
    validated = last.again(PINNED, LIFE.it, command, facts_for(command), None)
    handled = last.again(PINNED, LIFE.it, command, facts_for(command), None)

    assert validated == handled
    assert counted == [command]


def test_what_has_been_told_again_is_forgotten(counted: list[Command]):
    last, command = LastDecision(), COMMANDS[0]
    for _ in range(3):
        last.again(PINNED, LIFE.it, command, facts_for(command), None)

    assert counted == [command, command]


def test_for_another_card_it_is_decided_anew(counted: list[Command]):
    last, command = LastDecision(), COMMANDS[0]
    last.again(PINNED, LIFE.it, command, facts_for(command), None)
    last.again(
        PINNED, replace(LIFE.it, version=LIFE.it.version + 1), command, facts_for(command), None
    )

    assert counted == [command, command]
