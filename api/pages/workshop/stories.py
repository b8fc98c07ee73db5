"""Scenarios as they came out: each step in words, and what was found instead where it failed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipes.definition import Definition
from pipes.durations import in_words
from pipes.findings import Finding
from pipes.identifiers import FieldId, Instant, JsonValue, TransitionId
from pipes.scenarios import Act, Deed, Expect, Scenario, SetChild, Step, Wait, WaitFor

type State = Literal["passed", "failed", "not_played"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """What was expected, and what came instead."""

    said: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """A step in words; `found` is what came instead of what was expected."""

    said: str
    pointer: str
    state: State
    found: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scenario as it came out."""

    name: str
    begins_at: Instant
    pointer: str
    state: State
    steps: tuple[StepTold, ...]


def tell_stories(
    definition: Definition, failures: Sequence[Finding], *, played: bool
) -> tuple[Story, ...]:
    """Every scenario of a pipe; they are played only where nothing else stands against it.

    Args:
        definition: The pipe.
        failures: What did not come out as told.
        played: Whether they could be played.
    """
    return tuple(
        _story(definition, index, scenario, failures, played=played)
        for index, scenario in enumerate(definition.scenarios)
    )


def _story(
    definition: Definition,
    index: int,
    scenario: Scenario,
    failures: Sequence[Finding],
    *,
    played: bool,
) -> Story:
    pointer = f"/scenarios/{index}"
    found = [each for each in failures if _is_within(each.pointer, pointer)]
    failed_at = min((_step_of(each, pointer) for each in found), default=len(scenario.steps))
    states = [_state(step, failed_at, played=played) for step in range(len(scenario.steps))]
    return Story(
        name=scenario.name,
        begins_at=scenario.at,
        pointer=pointer,
        state="failed" if found else "passed" if played else "not_played",
        steps=tuple(
            StepTold(
                said=_said(definition, step),
                pointer=f"{pointer}/steps/{place}",
                state=states[place],
                found=tuple(
                    Mismatch(
                        said=each.message.removeprefix(f"“{scenario.name}”: "),
                        pointer=each.pointer,
                    )
                    for each in found
                    if _is_within(each.pointer, f"{pointer}/steps/{place}")
                ),
            )
            for place, step in enumerate(scenario.steps)
        ),
    )


def _state(step: int, failed_at: int, *, played: bool) -> State:
    if not played or step > failed_at:
        return "not_played"
    return "failed" if step == failed_at else "passed"


def _is_within(pointer: str, whole: str) -> bool:
    return f"{pointer}/".startswith(f"{whole}/")


def _step_of(failure: Finding, scenario: str) -> int:
    return int(failure.pointer.removeprefix(f"{scenario}/steps/").split("/")[0])


def _said(definition: Definition, step: Step) -> str:
    match step:
        case Act():
            return _act(definition, step)
        case Wait(length=length, calendar=None):
            return f"{in_words(length)} pass"
        case Wait(length=length, calendar=calendar):
            return f"{in_words(length)} of {calendar} time pass"
        case WaitFor(automation=name):
            return f"Time passes until “{name}” comes by schedule"
        case SetChild(key=key, phase=phase, status=status):
            where = f" in {phase}" if phase is not None else ""
            return f"The connected card {key} is {status}{where}"
        case Expect(facts=facts):
            return f"Now {'; '.join(_expected(definition, facts))}"


_DEEDS: Mapping[Deed, str] = {
    "create": "creates a card",
    "edit": "fills in",
    "move": "moves the card",
    "assign": "assigns the card to",
    "comment": "comments",
    "hold": "puts the card on hold",
    "resume": "takes the card off hold",
    "cancel": "cancels the card",
    "reopen": "reopens the card in",
    "approve": "approves",
    "reject": "rejects",
    "withdraw": "withdraws the request",
    "accept": "accepts the card",
    "return": "returns the card",
    "press": "presses",
}


def _act(definition: Definition, act: Act) -> str:
    deed = f"{act.who} {_DEEDS[act.deed]}"
    if act.deed == "move":
        deed += f": {', '.join(_way(definition, each) for each in act.object)}"
    elif act.deed == "press":
        deed += f" {', '.join(_button(definition, each) for each in act.object)}"
    elif act.object:
        deed += f" {', '.join(act.object)}"
    if act.fields:
        deed += f" ({', '.join(_label(definition, name) for name in act.fields)})"
    if act.expect_rejected is not None:
        deed += f", and is turned away: {', '.join(act.expect_rejected) or 'for some reason'}"
    return deed


def _way(definition: Definition, name: str) -> str:
    way = definition.transitions_by_id.get(TransitionId(name))
    return f"“{way.label}”" if way is not None else name


def _button(definition: Definition, name: str) -> str:
    labels = (each.on.label for each in definition.automations if each.id == name)
    return f"“{next(labels, None) or name}”"


def _label(definition: Definition, name: str) -> str:
    field = definition.fields.get(FieldId(name))
    return field.label if field is not None else name


def _expected(definition: Definition, facts: Mapping[str, JsonValue]) -> Iterable[str]:
    for name, value in facts.items():
        if name == "fields" and isinstance(value, Mapping):
            yield from (
                f"{_label(definition, field)} is {_plain(part)}" for field, part in value.items()
            )
        elif isinstance(value, Mapping):
            yield from (f"{part} is {_plain(state)}" for part, state in value.items())
        else:
            yield f"{name.replace('_', ' ')} is {_plain(value)}"


def _plain(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(map(str, value)) or "nobody"
    return json.dumps(value, ensure_ascii=False)
