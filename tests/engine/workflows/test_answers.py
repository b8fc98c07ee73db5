"""A card remembers what its latest commands did."""

from engine.core.commands import CommandKey
from engine.workflows.answers import REMEMBERED, Answers
from engine.workflows.messages import Deed


def deed(number: int) -> Deed:
    return Deed(key=CommandKey(f"key {number}"), first=number, last=number)


def test_what_a_command_did_is_known_by_its_key():
    answers = Answers((deed(1),))
    answers.remember(deed(2))

    assert answers.known(CommandKey("key 1")) == deed(1)
    assert answers.known(CommandKey("key 2")) == deed(2)
    assert answers.known(CommandKey("key 3")) is None


def test_the_oldest_are_forgotten_first():
    answers = Answers()
    for number in range(REMEMBERED + 1):
        answers.remember(deed(number))

    assert answers.known(CommandKey("key 0")) is None
    assert answers.deeds == tuple(deed(number) for number in range(1, REMEMBERED + 1))
