"""The stories of the sample's cards, read from `cards/`: what people did, in scenarios' words.

In values `@single-sign-on` is another story's card, and `today+14` or `today-1T10:00` a day, or a
moment on it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    EditCard,
    MoveCard,
    RejectRequest,
    ReturnHandoff,
    Values,
    Wish,
)
from pipes.identifiers import FieldId, JsonValue, PipeId, StageId, TransitionId, UserId

_FOLDER = Path(__file__).parent / "cards"
_CARD = re.compile(r"@([a-z0-9-]+)")
_DAY = re.compile(r"today([+-][0-9]+)(?:T([0-9]{2}:[0-9]{2}))?")

# A file of the sample, or a part of it.
type Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Somebody does something to the card."""

    who: str
    told: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One card: how it begins, and what is done to it in order."""

    id: str
    pipe: PipeId
    who: str
    values: Mapping[str, JsonValue]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The stories of a pipe.

    Attributes:
        at_once: How many may be told at a time, so that a phase that holds only so many does not
            refuse those who pass through it.
    """

    at_once: int
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a story's words stand for: the keys of the cards by their stories, and the day."""

    keys: Mapping[str, str]
    day: date


@cache
def chapters() -> tuple[Chapter, ...]:
    """All of them, in the order in which they are told: later ones look at earlier ones' cards."""
    return tuple(
        _chapter(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(_FOLDER.glob("*.json"))
    )


def beginning(story: Story, known: Known) -> Values:
    """The values that a story's card begins with."""
    return _values(story.values, known)


def wish_of(step: Step, known: Known, checklist: Sequence[str]) -> Wish:
    """The command that a step is; `checklist` is what the card's phase wants ticked."""
    comment = step.told.get("comment")
    match step.told:
        case {"move": name}:
            values = _values(step.told.get("edit", {}), known)
            return MoveCard(transition=TransitionId(name), values=values, comment=comment)
        case {"edit": values}:
            return EditCard(values=_values(values, known))
        case {"mark": marks}:
            labels = tuple(marks.get("labels", ()))
            return EditCard(priority=marks.get("priority"), labels=labels or None)
        case {"due": day}:
            return EditCard(due=(datetime.combine(_day(day, known), time(21), UTC),))
        case {"approve": stage}:
            return ApproveRequest(comment=comment, stage=StageId(stage))
        case {"reject": stage}:
            return RejectRequest(comment=str(comment), stage=StageId(stage))
        case {"accept": True}:
            return AcceptHandoff(checked=tuple(checklist))
        case {"return": reason}:
            return ReturnHandoff(reason=reason)
        case {"assign": people}:
            return AssignCard(assignees=tuple(map(UserId, people)))
        case _:
            return AddComment(text=str(comment))


def _chapter(told: Part) -> Chapter:
    return Chapter(at_once=told["at_once"], stories=tuple(_stories(told)))


def _stories(told: Part) -> Iterator[Story]:
    for card in told["cards"]:
        yield Story(
            id=card["id"],
            pipe=PipeId(told["pipe"]),
            who=card["as"],
            values=card["create"],
            steps=tuple(_step(each, told["values"]) for each in card["steps"]),
        )


def _step(told: Part, shared: Part) -> Step:
    """The step; what it uses of the values that several cards share is put in."""
    values = dict(told.get("edit", {}))
    for name in told.get("use", ()):
        values |= shared[name]
    return Step(who=told["as"], told={**told, "edit": values} if values else told)


def _values(values: Mapping[str, JsonValue], known: Known) -> Values:
    return {FieldId(name): _meant(value, known) for name, value in values.items()}


def _meant(value: JsonValue, known: Known) -> JsonValue:
    match value:
        case str():
            return _meant_by(value, known)
        case Mapping():
            return {name: _meant(part, known) for name, part in value.items()}
        case list() | tuple():
            return [_meant(part, known) for part in value]
        case _:
            return value


def _meant_by(text: str, known: Known) -> str:
    if found := _CARD.fullmatch(text):
        return known.keys[found[1]]
    if found := _DAY.fullmatch(text):
        day = _day(text, known).isoformat()
        return f"{day}T{found[2]}:00-03:00" if found[2] else day
    return text


def _day(text: str, known: Known) -> date:
    found = _DAY.fullmatch(text)
    return known.day + timedelta(days=int(found[1]) if found else 0)
