"""A decision while it is being made: the events so far, the card as they leave it, the reasons.

It lives within one call of `decide`; nothing outside sees it change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.core.card import Card
from engine.core.commands import Command, Values
from engine.core.events import Event, Occurrence
from engine.core.evolve import evolve
from engine.core.facts import Facts
from engine.core.reasons import Reason
from pipes.forms import CompiledPipe, connections, rule_data
from pipes.identifiers import Instant, JsonValue

_DAY = 86_400


@dataclass(slots=True)
class Story:
    """What a command leads to, step by step."""

    pipe: CompiledPipe
    command: Command
    facts: Facts
    start: Card | None
    events: list[Event] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    latest: Card | None = field(init=False)

    def __post_init__(self) -> None:
        """Begins with the card as it is."""
        self.latest = self.start

    @property
    def card(self) -> Card:
        """The card as the events so far leave it; there is one, once it has been created."""
        if self.latest is None:
            raise ValueError("There is no card yet.")
        return self.latest

    def happens(self, body: Occurrence) -> None:
        """Adds an event."""
        event = Event(
            sequence=(self.latest.version if self.latest else 0) + 1,
            at=self.facts.as_of,
            actor=self.command.actor,
            command=self.command.key,
            body=body,
            chain=self.command.chain,
        )
        self.events.append(event)
        self.latest = evolve(self.latest, event)

    def against(self, reasons: Iterable[Reason]) -> None:
        """Adds reasons for which the command is turned away."""
        self.reasons.extend(reasons)

    def data(self, values: Values | None = None) -> dict[str, JsonValue]:
        """What rules see at this point, with the card's values or those given instead."""
        given = self.card.values if values is None else values
        return data_for_rules(self.pipe, self.latest, self.facts, given)


def data_for_rules(
    pipe: CompiledPipe, card: Card | None, facts: Facts, values: Values
) -> dict[str, JsonValue]:
    """What rules see of a card with these values at the moment of the facts."""
    return rule_data(
        pipe,
        values,
        card=_card_seen(card, facts.as_of) if card is not None else {},
        actor=_actor_seen(facts),
        children=_children_seen(pipe, facts, values),
        today=facts.today.isoformat(),
        now=facts.as_of.isoformat(),
    )


def _children_seen(pipe: CompiledPipe, facts: Facts, values: Values) -> Mapping[str, JsonValue]:
    """The connected cards, by connection; none where nothing is connected or nothing is known."""
    seen: dict[str, JsonValue] = {str(name): () for name in connections(pipe.definition)}
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
