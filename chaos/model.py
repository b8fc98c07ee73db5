"""What a card has to be, by the model: the same pure decisions, made again without any process.

The model is told the acknowledged commands in their order, and lets the clocks run out. What it
comes to is held against what is recorded.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from chaos.load import Deeds
from engine.core.commands import AddComment, Wish
from engine.core.events import CardMoved, CommentAdded, Event
from engine.core.reasons import Rejection
from pipes.building import definition_from_document
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId
from tests.builders import Course, a_life, creation
from tests.journeys.test_clocks_under_kills import WATCHED
from tests.journeys.test_kills import ROUNDS

# An owner of the model's world, as whoever sends here is one.
_OWNER = "ora"
_TITLES = {"rounds": FieldId("who"), "watched": FieldId("what")}
# By then every clock of the pipe of clocks has run out.
_SECONDS = {"rounds": 0.0, "watched": 60.0}
MODELLED = frozenset(_TITLES)
_SENT = ("card.moved", "comment.added")

type Shown = Mapping[str, Any]
type Happening = tuple[str, ...]


def against_model(deeds: Deeds, card: Shown, events: Sequence[Shown]) -> Iterator[str]:
    """How the card, and its history, differ from what the model comes to.

    Args:
        deeds: What was acknowledged of it.
        card: As the API shows it.
        events: Its history, as the API shows it.
    """
    life = a_life(_pipe(deeds.pipe))
    values = {_TITLES[deeds.pipe]: deeds.name}
    life.does(_OWNER, replace(creation(), values=values))
    for wish in _in_order(deeds, events) if deeds.pipe == "rounds" else ():
        outcome = life.tries(_OWNER, wish)
        if isinstance(outcome, Rejection):
            yield f"{deeds.key}: the model refuses {wish}: {outcome.reasons[0].message}"
    life.passes(seconds=_SECONDS[deeds.pipe])
    wanted = [_modelled(event) for event in life.history]
    found = [_recorded(event) for event in events]
    if wanted != found:
        place = next(
            (number for number, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b),
            min(len(wanted), len(found)),
        )
        yield (
            f"{deeds.key}: event {place + 1} of {len(found)} is {_at(found, place)}; by the model"
            f" of {len(wanted)} it is {_at(wanted, place)}."
        )
    shown = {name: card[name] for name in ("phase", "status", "version", "fields")}
    by_model = _end_of(life)
    if shown != by_model:
        yield f"{deeds.key} is {shown}; by the model it is {by_model}."


@cache
def _pipe(pipe: str) -> CompiledPipe:
    document = {"rounds": ROUNDS, "watched": WATCHED}[pipe]
    return CompiledPipe(definition_from_document(document))


def _in_order(deeds: Deeds, events: Iterable[Shown]) -> Iterator[Wish]:
    """The acknowledged wishes, with the comments between them of which nobody knows whether they
    were written: where the history has them.
    """
    acknowledged = deque(deeds.wishes)
    for event in events:
        if event["type"] == "comment.added" and event["body"]["text"] in deeds.perhaps:
            yield AddComment(text=event["body"]["text"])
        elif event["type"] in _SENT and acknowledged:
            yield acknowledged.popleft()
    yield from acknowledged


def _modelled(event: Event) -> Happening:
    match event.body:
        case CardMoved(source=source, target=target):
            return (event.body.kind, source, target)
        case CommentAdded(text=text):
            return (event.body.kind, text)
        case _:
            return (event.body.kind,)


def _recorded(event: Shown) -> Happening:
    body, kind = event["body"], str(event["type"])
    match kind:
        case "card.moved":
            return (kind, body["source"], body["target"])
        case "comment.added":
            return (kind, body["text"])
        case _:
            return (kind,)


def _end_of(life: Course) -> dict[str, Any]:
    card = life.it
    return {
        "phase": card.stay.phase,
        "status": card.life.status,
        "version": card.version,
        "fields": dict(card.values),
    }


def _at(happenings: Sequence[Happening], place: int) -> str:
    return " ".join(happenings[place]) if place < len(happenings) else "not there"
