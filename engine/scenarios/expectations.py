"""What a scenario says has to be the case, held against the card: what was expected, and found."""

from collections.abc import Iterable, Iterator, Mapping

from engine.core.card import Card
from engine.scenarios.world import World
from pipes.identifiers import FieldId, JsonValue
from pipes.scenarios import Expect


def mismatches(expect: Expect, world: World, card: Card) -> Iterator[tuple[str, str]]:
    """For each fact that is otherwise, its name and what was expected and found."""
    for name, wanted in expect.facts.items():
        match name:
            case "fields":
                yield from _fields(_mapping(wanted), card)
            case "clocks":
                yield from _clocks(_mapping(wanted), card)
            case "notified":
                yield from _notified(_texts(wanted), world)
            case "mailed":
                yield from _mailed(_texts(wanted), world)
            case "assignees":
                people = [world.cast.user(who) for who in _texts(wanted)]
                yield from _same(name, sorted(people), sorted(card.work.assignees))
            case "labels":
                yield from _same(name, sorted(_texts(wanted)), sorted(card.work.labels))
            case _:
                yield from _same(name, wanted, _fact(name, card))


def _fact(name: str, card: Card) -> JsonValue:
    facts: Mapping[str, JsonValue] = {
        "phase": card.stay.phase,
        "status": card.life.status,
        "on_hold": card.life.hold is not None,
        "priority": card.work.priority,
        "pending": card.pending.transition if card.pending is not None else None,
        "waiting_for_acceptance": card.handoff is not None,
        "returns": card.life.returns,
    }
    return facts[name]


def _fields(wanted: Mapping[str, JsonValue], card: Card) -> Iterator[tuple[str, str]]:
    for name, value in wanted.items():
        yield from _same(f"fields/{name}", value, card.values.get(FieldId(name)))


def _clocks(wanted: Mapping[str, JsonValue], card: Card) -> Iterator[tuple[str, str]]:
    found = {str(clock.id): clock.state for clock in card.clocks.values()}
    for name, state in wanted.items():
        yield from _same(f"clocks/{name}", state, found.get(name, "not started"))


def _notified(wanted: Iterable[str], world: World) -> Iterator[tuple[str, str]]:
    told = {str(principal) for notice in world.told for principal in notice.to}
    told |= {f"user:{person}" for notice in world.told for person in notice.people or ()}
    missing = [each for each in wanted if each not in told]
    if missing:
        found = ", ".join(sorted(told)) or "nobody"
        yield "notified", f"{', '.join(missing)} told since the last look; told were {found}"


def _mailed(wanted: Iterable[str], world: World) -> Iterator[tuple[str, str]]:
    expected = list(wanted)
    missing = [each for each in expected if each not in world.mailed]
    found = ", ".join(dict.fromkeys(world.mailed)) or "nobody"
    if missing:
        yield "mailed", f"{', '.join(missing)} since the last look; written to were {found}"
    elif world.mailed and not expected:
        yield "mailed", f"nobody since the last look; written to were {found}"


def _same(name: str, wanted: JsonValue, found: JsonValue) -> Iterator[tuple[str, str]]:
    if _plain(wanted) != _plain(found):
        yield name, f"{_said(wanted)}; it is {_said(found)}"


def _plain(value: JsonValue) -> JsonValue:
    """A value as it compares: lists are lists however they are kept."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _said(value: JsonValue) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return f"“{value}”"
        case list() | tuple():
            return ", ".join(map(_said, value)) or "nothing"
        case _:
            return str(value)


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: JsonValue) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
