"""What rules see of a card, each part worked out when a rule first looks at it."""

from collections.abc import Iterator, Mapping

from engine.core.card import Card
from engine.core.commands import Values
from engine.core.facts import Facts
from pipes.forms import CompiledPipe, RuleData, values_seen
from pipes.identifiers import Instant, JsonValue

_DAY = 86_400
_PARTS = ("fields", "card", "actor", "children", "today", "now")


def data_for_rules(pipe: CompiledPipe, card: Card | None, facts: Facts, values: Values) -> RuleData:
    """What rules see of a card with these values at the moment of the facts."""
    return _Seen(pipe, card, facts, values)


class _Seen(Mapping[str, JsonValue]):
    """The parts by name. What they are made of does not change, so neither do they."""

    __slots__ = ("_card", "_facts", "_pipe", "_seen", "_values")

    def __init__(self, pipe: CompiledPipe, card: Card | None, facts: Facts, values: Values) -> None:
        self._pipe, self._card, self._facts, self._values = pipe, card, facts, values
        self._seen: dict[str, JsonValue] = {}

    def __getitem__(self, name: str) -> JsonValue:
        if name not in self._seen:
            self._seen[name] = self._work_out(name)
        return self._seen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_PARTS)

    def __len__(self) -> int:
        return len(_PARTS)

    def _work_out(self, name: str) -> JsonValue:
        match name:
            case "fields":
                return values_seen(self._pipe, self._values)
            case "card":
                return {} if self._card is None else _card_seen(self._card, self._facts.as_of)
            case "actor":
                return _actor_seen(self._facts)
            case "children":
                return _children_seen(self._pipe, self._facts, self._values)
            case "today":
                return self._facts.today.isoformat()
            case "now":
                return self._facts.as_of.isoformat()
            case _:
                raise KeyError(name)


def _children_seen(pipe: CompiledPipe, facts: Facts, values: Values) -> Mapping[str, JsonValue]:
    """The connected cards, by connection; none where nothing is connected or nothing is known."""
    seen: dict[str, JsonValue] = {str(name): () for name in pipe.connections}
    for pair in facts.children:
        if pair.question.cards == references(values.get(pair.question.connection)):
            seen[pair.question.connection] = pair.answer
    return seen


def references(value: JsonValue) -> tuple[str, ...]:
    """The cards that the value of a connection names."""
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _card_seen(card: Card, now: Instant) -> Mapping[str, JsonValue]:
    return {
        "key": card.identity.key,
        "title": card.work.title,
        "phase": card.stay.phase,
        "priority": card.work.priority,
        "labels": card.work.labels,
        "assignees": card.work.assignees,
        "creator": card.identity.creator.id,
        "on_hold": card.life.hold is not None,
        "returns": card.life.returns,
        "age_days": int((now - card.identity.created_at).total_seconds() // _DAY),
        "days_in_phase": int((now - card.stay.entered_at).total_seconds() // _DAY),
    }


def _actor_seen(facts: Facts) -> Mapping[str, JsonValue]:
    if facts.actor is None:
        return {"id": None, "teams": (), "roles": ()}
    return {
        "id": facts.actor.user,
        "teams": tuple(sorted(facts.actor.teams)),
        "roles": tuple(sorted(facts.actor.roles)),
    }
