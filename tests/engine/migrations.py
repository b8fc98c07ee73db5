"""Cards that go over to another version of their pipe, as tests of that tell it."""

from typing import Any

from engine.core.commands import (
    ClockId,
    MigrateCard,
    MigrationPlan,
    MoveCard,
)
from engine.core.migration_words import changes_told
from engine.core.questions import questions
from engine.core.reasons import ReasonCode, Rejection
from pipes.forms import CompiledPipe
from pipes.identifiers import JsonValue, TransitionId
from tests.builders import (
    PEOPLE,
    Course,
    a_field,
    a_life,
    a_phase,
    a_pipe,
    a_way,
    codes,
    kinds,
)
from tests.engine.core.test_approvals import CROWD

CONCEPT = ClockId("phase:concept")
TO_DESIGN = MoveCard(transition=TransitionId("to-design"))


def a_plan(**parts: Any) -> MigrateCard:
    return MigrateCard(definition_version=2, definition_hash="h2", plan=MigrationPlan(**parts))


def begun(pipe: CompiledPipe | None = None, **values: JsonValue) -> Course:
    given: dict[str, JsonValue] = {"name": "Offline mode", **values}
    return a_life(pipe, people={**PEOPLE, **CROWD}).creates("bo", **given)


def goes_over(life: Course, target: CompiledPipe, **plan: Any) -> list[str]:
    """The events of a migration that is accepted."""
    outcome = life.tries("ana", a_plan(**plan), target=target)
    assert not isinstance(outcome, Rejection), outcome.reasons
    assert life.it.pin.version == 2
    return kinds(event.body for event in outcome)


def refused(life: Course, target: CompiledPipe, **plan: Any) -> list[ReasonCode]:
    """Why a migration is turned away; the card is untouched then."""
    before, pipe = life.it, life.pipe
    outcome = life.tries("ana", a_plan(**plan), target=target)
    assert isinstance(outcome, Rejection)
    assert (life.it, life.pipe) == (before, pipe)
    return codes(outcome)


def told(life: Course, target: CompiledPipe, **plan: Any) -> dict[str, str]:
    """The report's line: what would become of the card, by code."""
    before, pipe = life.it, life.pipe
    command = life.command("ana", a_plan(**plan))
    facts = life.facts(command.actor, questions(pipe, before, command, target))
    outcome = life.tries("ana", command.wish, target=target)
    assert not isinstance(outcome, Rejection), outcome.reasons
    return {
        change.code: change.message for change in changes_told(pipe, target, before, outcome, facts)
    }


RENAMED = a_pipe(
    phases=[
        a_phase("idea", form=["name", "problem", "effort", "owner"]),
        a_phase("design", form=["effort"]),
        a_phase("done", final="done"),
        a_phase("rejected", final="cancelled"),
    ],
    start={"phase": "idea", "form": ["name"]},
    transitions=[a_way("to-design", "idea", "design"), a_way("finish", "design", "done")],
)


def fields(**changed: Any) -> dict[str, Any]:
    known = {
        "name": a_field("short_text", "Name", max_length=40),
        "problem": a_field("long_text", "Problem"),
        "effort": a_field("number", "Effort", minimum=0),
        "owner": a_field("user", "Owner"),
        **changed,
    }
    return {name: each for name, each in known.items() if each is not None}


def a_pipe_of(form: list[Any] | None = None, **changed: Any) -> CompiledPipe:
    """The pipe with other fields, and another form of the first phase."""
    known = fields(**changed)
    return a_pipe(
        fields=known,
        start={"phase": "concept", "form": ["name"]},
        phases=[
            a_phase("concept", form=form or sorted(known)),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design"),
            a_way("finish", "design", "done"),
        ],
    )


def timed(after: str) -> CompiledPipe:
    return a_pipe(
        transitions=[
            a_way("give-up", "concept", "rejected", after=after),
            a_way("to-design", "concept", "design"),
            a_way("finish", "design", "done"),
        ]
    )
