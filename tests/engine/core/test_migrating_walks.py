"""Whatever a card has been through: it is sound on the version it goes over to, or untouched."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import (
    ApproveRequest,
    EditCard,
    HoldCard,
    ResumeCard,
)
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.core.explain import explain, questions_explain
from engine.core.reasons import Rejection
from pipes.forms import CompiledPipe, misfits
from pipes.identifiers import FieldId
from tests.builders import (
    Course,
    a_field,
    a_life,
    a_pipe,
    creation,
    kinds,
)
from tests.engine.core.test_approvals import a_pipe_asking, a_stage
from tests.engine.core.test_clocks import a_pipe_with_sla
from tests.engine.core.test_walks import SHIPPED, SOUND
from tests.engine.migrations import (
    RENAMED,
    TO_DESIGN,
    a_pipe_of,
    a_plan,
    begun,
    goes_over,
    timed,
)

PLANS = st.fixed_dictionaries(
    {},
    optional={
        "clocks": st.fixed_dictionaries(
            {"*": st.sampled_from(["kept", "restarted", "recomputed", "dropped"])}
        ),
        "requests": st.fixed_dictionaries({"*": st.sampled_from(["kept", "void"])}),
        "fields": st.dictionaries(st.sampled_from(["problem", "effort"]), st.none()),
        "phases": st.dictionaries(
            st.sampled_from(["concept"]), st.sampled_from(["idea", "design"])
        ),
    },
)
TARGETS = st.sampled_from(
    [
        a_pipe(),
        RENAMED,
        a_pipe_of(effort=a_field("number", "Effort", maximum=2)),
        a_pipe_with_sla({"target": "2d"}, whole={"target": "9d"}),
        a_pipe_with_sla({"paused_when": {"===": [{"var": "fields.problem"}, "wait"]}}),
        a_pipe_asking(a_stage(deadline="1d")),
        timed("3d"),
    ]
)


def lived(data: st.DataObject, source: CompiledPipe) -> Course:
    life = begun(source)
    for _ in range(data.draw(st.integers(0, 6))):
        wish = data.draw(
            st.one_of(
                st.builds(
                    EditCard,
                    values=st.fixed_dictionaries(
                        {
                            FieldId("problem"): st.sampled_from(["wait", "x"]),
                            FieldId("effort"): st.integers(0, 5),
                        }
                    ),
                ),
                st.just(TO_DESIGN),
                st.just(ApproveRequest()),
                st.just(HoldCard(reason="Legal")),
                st.just(ResumeCard()),
            )
        )
        life.tries(data.draw(st.sampled_from(["ana", "bo", "p1"])), wish)
        life.passes(hours=data.draw(st.integers(0, 60)))
    return life


@settings(max_examples=300)
@given(data=st.data(), plan=PLANS, source=TARGETS, target=TARGETS)
def test_a_migrated_card_is_sound_on_its_version_and_a_refused_one_is_untouched(
    data: st.DataObject, plan: dict[str, Any], source: CompiledPipe, target: CompiledPipe
):
    life = lived(data, source)
    before = life.it
    outcome = life.tries("ana", a_plan(**plan), target=target)
    if isinstance(outcome, Rejection):
        assert life.it == before
        return
    assert life.it.pin.version == 2
    sound(life, target)
    assert retold(life.history) == life.it
    life.passes(days=60)


@settings(max_examples=200)
@given(data=st.data(), source=TARGETS)
def test_going_over_to_the_same_changes_nothing_but_the_version(
    data: st.DataObject, source: CompiledPipe
):
    life = lived(data, source)
    if life.it.life.status != "open":
        return
    before = life.it
    outcome = life.tries("ana", a_plan(), target=source)
    assert not isinstance(outcome, Rejection), outcome.reasons
    assert kinds(event.body for event in outcome) == ["card.migrated"]
    unchanged = replace(
        life.it,
        version=before.version,
        updated_at=before.updated_at,
        pin=before.pin,
        earlier=before.earlier,
    )
    assert unchanged == before


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_shipped_pipes_go_over_to_themselves_and_every_clock_can_be_treated(name: str):
    pipe = SHIPPED[name]
    for how in ("kept", "restarted", "recomputed", "dropped"):
        life = a_life(pipe)
        life.does("ana", replace(creation(), values=SOUND[name]))
        life.waits(hours=5)
        goes_over(life, pipe, clocks={"*": how})
        life.passes(days=40)
        facts = life.facts(user("ana"), questions_explain(pipe, life.it))
        assert explain(pipe, life.it, user("ana"), facts).situation


def sound(life: Course, target: CompiledPipe) -> None:
    card, there = life.it, target.definition
    assert card.stay.phase in there.phases_by_id
    assert set(card.values) <= set(there.fields)
    assert misfits(target, card.values, life.now.date()) == ()
    assert {timer.transition for timer in card.stay.timers} <= set(there.transitions_by_id)
    if card.pending is not None:
        assert card.stay.phase in there.transition(card.pending.transition).sources
    for clock in card.clocks.values():
        if clock.is_alive and clock.clock_kind == "phase":
            assert clock.id == f"phase:{card.stay.phase}"


def retold(history: list[Event]) -> Card | None:
    again = None
    for event in history:
        again = evolve(again, event)
    return again
