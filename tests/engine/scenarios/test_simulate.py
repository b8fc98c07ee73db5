"""Simulated cards: every pipe that passes the checks can be lived in, and what is told is so."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from engine.checking import calendars_around
from engine.scenarios.plausible import plausible
from engine.scenarios.simulate import play_card, simulate
from pipes.building import definition_from_document
from pipes.fields.checking import ValueCheck
from pipes.forms import CompiledPipe
from pipes.reading import read_definition
from tests.builders import MONDAY
from tests.engine.scenarios.random_pipes import a_random_document

SHIPPED = sorted((Path(__file__).parents[3] / "pipe_definitions").glob("*.json"))
STEPS = 200


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_a_definition_that_passes_can_be_played_and_no_card_gets_stuck(seed: int):
    reading = read_definition(a_random_document(Random(seed)))
    if reading.definition is None:
        return
    pipe = CompiledPipe(definition=reading.definition)
    calendars = calendars_around(reading.definition, MONDAY.year)
    course = play_card(pipe, calendars, steps=STEPS, at=MONDAY, chance=Random(seed))
    assert not course.stuck


def test_most_random_definitions_pass():
    passed = [
        seed
        for seed in range(100)
        if read_definition(a_random_document(Random(seed))).definition is not None
    ]
    assert len(passed) > 60


def shipped(name: str) -> CompiledPipe:
    path = next(each for each in SHIPPED if each.stem == name)
    document = json.loads(path.read_text(encoding="utf-8"))
    return CompiledPipe(definition=definition_from_document(document))


def lifecycle() -> CompiledPipe:
    return shipped("product-lifecycle")


def test_the_same_seed_comes_to_the_same():
    pipe = lifecycle()
    calendars = calendars_around(pipe.definition, MONDAY.year)
    first, again, other = (
        simulate(pipe, calendars, cards=3, steps=80, at=MONDAY, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_most_features_come_to_an_end_and_none_gets_stuck():
    pipe = lifecycle()
    calendars = calendars_around(pipe.definition, MONDAY.year)
    summary = simulate(pipe, calendars, cards=8, steps=STEPS, at=MONDAY, seed=1)
    assert summary.stuck == 0
    assert sum(summary.ended.values()) == 8
    assert any(ended.startswith("done") for ended in summary.ended)
    assert set(summary.hours) >= {"concept", "design", "develop"}


@pytest.mark.parametrize("name", [path.stem for path in SHIPPED])
def test_cards_of_every_shipped_pipe_go_on(name: str):
    pipe = shipped(name)
    calendars = calendars_around(pipe.definition, MONDAY.year)
    summary = simulate(pipe, calendars, cards=3, steps=40, at=MONDAY, seed=3)
    assert summary.stuck == 0
    assert sum(summary.ended.values()) == 3
    assert len(summary.hours) >= 2


@pytest.mark.parametrize("field", sorted(lifecycle().definition.fields))
def test_what_is_made_up_fits_its_field(field: str):
    described = {str(name): each for name, each in lifecycle().definition.fields.items()}[field]
    check = ValueCheck(described)
    for seed in range(20):
        value = plausible(described, MONDAY.date(), Random(seed))
        assert value is None or check.misfits(value, MONDAY.date()) == ()
