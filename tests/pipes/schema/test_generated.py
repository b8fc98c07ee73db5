"""Documents that our own grammar allows, and such as are spoilt somewhere: checking never fails."""

from random import Random
from typing import Any

from hypothesis import given, settings, strategies as st

from engine.checking import calendars_around, check
from engine.scenarios.simulate import play_card
from pipes.canonical import canonical_bytes, content_hash, format_document
from pipes.difference import differences
from pipes.forms import CompiledPipe
from pipes.json_text import read_json
from tests.builders import MONDAY
from tests.engine.scenarios.random_pipes import a_random_document
from tests.pipes.schema.from_grammar import a_document

SEEDS = st.integers(0, 10**9)
RUBBISH: tuple[Any, ...] = (None, True, -1, 10**17, 1e300, "", "x" * 500, [], {}, [[]], {"a": {}})


def spoilt(document: Any, chance: Random) -> Any:
    """The document with one of its values replaced by something else."""
    if not isinstance(document, dict | list) or not document or chance.random() < 0.15:
        return chance.choice(RUBBISH)
    if isinstance(document, dict):
        name = chance.choice(list(document))
        return {**document, name: spoilt(document[name], chance)}
    index = chance.randrange(len(document))
    return [*document[:index], spoilt(document[index], chance), *document[index + 1 :]]


def lived_in(document: dict[str, Any], chance: Random) -> None:
    """Whatever passes can be compiled, compared, formatted and played."""
    reading = check(document)
    assert (reading.definition is None) == any(
        each.severity == "error" for each in reading.findings
    )
    for finding in reading.findings:
        assert finding.message
        assert finding.pointer == "" or finding.pointer.startswith("/")
    if reading.definition is None:
        return
    assert differences(reading.definition, reading.definition) == ()
    assert content_hash(read_json(format_document(document)).value) == content_hash(document)
    assert canonical_bytes(document)
    pipe = CompiledPipe(definition=reading.definition)
    calendars = calendars_around(reading.definition, MONDAY.year)
    play_card(pipe, calendars, steps=30, at=MONDAY, chance=chance)


@settings(max_examples=150)
@given(seed=SEEDS)
def test_whatever_the_grammar_allows_is_answered(seed: int):
    chance = Random(seed)
    lived_in(a_document(chance), chance)


@settings(max_examples=150)
@given(seed=SEEDS)
def test_a_sound_definition_that_is_spoilt_somewhere_is_answered(seed: int):
    chance = Random(seed)
    lived_in(spoilt(a_random_document(chance), chance), chance)


def test_what_the_grammar_allows_is_mostly_well_formed():
    """Else the documents would not get as far as the checks of what they mean."""
    of_the_grammar = {"unknown_property", "missing_property", "wrong_type", "unknown_value"}
    through = [
        seed
        for seed in range(100)
        if not of_the_grammar & {each.code for each in check(a_document(Random(seed))).findings}
    ]
    assert len(through) > 50
