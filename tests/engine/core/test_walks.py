"""Random walks through the shipped pipes: nothing fails, and every card can come to an end."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from engine.core.actors import user
from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    CancelCard,
    ClaimCard,
    EditCard,
    HoldCard,
    MoveCard,
    RecomputeClocks,
    RejectRequest,
    ReopenCard,
    ResumeCard,
    ReturnHandoff,
    Wish,
    WithdrawRequest,
)
from engine.core.evolve import evolve
from engine.core.explain import explain, questions_explain
from engine.core.reasons import Rejection
from pipes.building import definition_from_document
from pipes.definition import FormField
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, JsonValue, TransitionId, UserId
from pipes.scenarios import Act
from tests.builders import a_life, creation


def _first_values(pipe: CompiledPipe) -> Mapping[FieldId, JsonValue]:
    first = pipe.definition.scenarios[0].steps[0]
    assert isinstance(first, Act)
    form = pipe.definition.start.form
    needed = {entry.field for entry in form if isinstance(entry, FormField) and entry.required}
    return {name: value for name, value in first.fields.items() if name in needed}


SHIPPED = {
    path.stem: CompiledPipe(definition_from_document(json.loads(path.read_text(encoding="utf-8"))))
    for path in sorted((Path(__file__).parents[3] / "pipe_definitions").glob("*.json"))
}
# What each pipe's start form takes, as its own first scenario tells.
SOUND = {name: _first_values(pipe) for name, pipe in SHIPPED.items()}
PEOPLE = st.sampled_from(("ana", "bo", "cy", "dee", "rae", "val", "gus", "ora"))
TEXTS = st.sampled_from(("", "x", "A text of some words", "2026-03-05", "https://example.com"))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5000),
    st.floats(0, 100, allow_nan=False),
    TEXTS,
    st.lists(TEXTS, max_size=2),
    st.lists(st.dictionaries(TEXTS, TEXTS | st.integers(0, 9), max_size=2), max_size=2),
    st.fixed_dictionaries({"amount": st.just("12.50"), "currency": st.just("BRL")}),
)


def _checklists(pipe: CompiledPipe) -> list[tuple[str, ...]]:
    rules = [phase.handoff for phase in pipe.definition.phases if phase.handoff is not None]
    return [(), *(rule.checklist for rule in rules)]


@st.composite
def wishes(draw: st.DrawFn, pipe: CompiledPipe) -> Wish:
    definition = pipe.definition
    fields = st.dictionaries(st.sampled_from(sorted(definition.fields)), VALUES, max_size=3)
    values: Any = {FieldId(name): value for name, value in draw(fields).items()}
    ways = st.sampled_from([way.id for way in definition.transitions])
    wish: Wish = draw(
        st.one_of(
            st.builds(EditCard, values=st.just(values)),
            st.builds(
                MoveCard,
                transition=ways.map(TransitionId),
                values=st.just(values),
                comment=st.none() | TEXTS,
            ),
            st.builds(AssignCard, assignees=st.just((UserId("bo"),))),
            st.just(ClaimCard()),
            st.builds(AddComment, text=TEXTS),
            st.builds(HoldCard, reason=TEXTS),
            st.just(ResumeCard()),
            st.builds(CancelCard, reason=TEXTS),
            st.builds(ReopenCard, reason=TEXTS),
            st.builds(ApproveRequest, comment=st.none() | TEXTS),
            st.builds(RejectRequest, comment=TEXTS),
            st.just(WithdrawRequest()),
            st.sampled_from([AcceptHandoff(checked=points) for points in _checklists(pipe)]),
            st.builds(ReturnHandoff, reason=TEXTS),
            st.builds(RecomputeClocks, reason=TEXTS),
        )
    )
    return wish


@pytest.mark.parametrize("name", sorted(SHIPPED))
@settings(max_examples=15)
@given(data=st.data())
def test_whatever_is_sent_is_decided_and_nothing_fails(name: str, data: st.DataObject):
    pipe = SHIPPED[name]
    life = a_life(pipe)
    form = [field.id for _, field in pipe.form("start").entries]
    sent = {name: data.draw(VALUES) for name in form}
    if isinstance(life.tries("ana", replace(creation(), values=sent)), Rejection):
        life.does("ana", replace(creation(), values=SOUND[name]))
    for _ in range(25):
        life.passes(hours=data.draw(st.integers(0, 200)))
        who = data.draw(PEOPLE)
        life.tries(who, data.draw(wishes(pipe)))
        facts = life.facts(user(who), questions_explain(pipe, life.it))
        explained = explain(pipe, life.it, user(who), facts)
        assert explained.situation
        assert life.it.stay.phase in pipe.definition.phases_by_id
    again = None
    for event in life.history:
        again = evolve(again, event)
    assert again == life.it
