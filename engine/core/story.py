"""A decision while it is being made: the events so far, the card as they leave it, the reasons.

It lives within one call of `decide`; nothing outside sees it change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.core.card import Card
from engine.core.commands import Command, Values
from engine.core.events import Event, Occurrence
from engine.core.evolve import evolve
from engine.core.facts import Facts
from engine.core.reasons import Reason
from engine.core.seen import data_for_rules
from pipes.forms import CompiledPipe, RuleData


@dataclass(slots=True)
class Story:
    """What a command leads to, step by step.

    `target` is the definition to which the command brings the card; `pipe` is that from then on.
    """

    pipe: CompiledPipe
    command: Command
    facts: Facts
    start: Card | None
    target: CompiledPipe | None = None
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

    def data(self, values: Values | None = None) -> RuleData:
        """What rules see at this point, with the card's values or those given instead."""
        given = self.card.values if values is None else values
        return data_for_rules(self.pipe, self.latest, self.facts, given)
