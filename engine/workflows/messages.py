"""What is said to a card and what it answers: the messages that travel through Temporal.

They are remembered for as long as a card lives, so they are only ever added to.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from engine.core.card import Card
from engine.core.commands import Command, CommandKey, Values
from engine.core.events import Event
from engine.core.facts import Facts, Question
from engine.core.notices import Notice
from engine.core.reasons import Reason
from pipes.identifiers import Instant, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in a card's history: a sequence number and the digest of everything up to it."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedDefinition:
    """The definition that a card runs, by value; `hash` is that of the document.

    `packed` is the document made small: each run of a card holds it.
    """

    version: int
    hash: str
    packed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a command did: its events have the numbers from `first` to `last`."""

    key: CommandKey
    first: int
    last: int


# --- to the card ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandMessage:
    """A command with what has been found out for it.

    Attributes:
        recorded: Up to where the sender knows the card's history to be in the database.
        definition: What the card runs from now on, if the command is to migrate it.
    """

    command: Command
    facts: Facts
    recorded: Mark
    definition: PinnedDefinition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A card begins with the command that creates it."""

    command: Command
    facts: Facts
    definition: PinnedDefinition
    kind: Literal["creation"] = "creation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awakening:
    """A card whose workflow had ended goes on from what the database holds."""

    card: str
    kind: Literal["awakening"] = "awakening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A card goes on in a new run, with all that the last one knew.

    Attributes:
        confirmed: Up to where the history is known to be recorded; `unrecorded` comes after it.
        deeds: The most recent commands, oldest first.
    """

    card: Card
    definition: PinnedDefinition
    confirmed: Mark
    unrecorded: tuple[Event, ...]
    deeds: tuple[Deed, ...]
    kind: Literal["continuation"] = "continuation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a run may hold before the card goes on in a new one: a replay costs 0.7 ms an event
    of Temporal's.
    """

    events: int = 1000
    commands: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRun:
    """The input of a run.

    Attributes:
        patience: How long the card leaves what is due to others before it does it by itself.
    """

    begin: Creation | Awakening | Continuation
    limits: Limits = Limits()
    patience: timedelta = timedelta(0)


# --- from the card ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a card answers to a command that it accepted, now or before.

    Attributes:
        card: As it is now.
        deed: Which events are the command's.
        confirmed: Up to where the card knows its history to be recorded.
        unrecorded: Every event after that, the command's among them unless they are confirmed.
    """

    card: Card
    deed: Deed
    confirmed: Mark
    unrecorded: tuple[Event, ...]


type TurnedAway = Literal["rejected", "draining", "stale_facts", "unknown_key", "internal_error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionDetails:
    """What goes along with an error of type `rejected`; `card` is None before there is one."""

    reasons: tuple[Reason, ...]
    card: Card | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReport:
    """How a card stands with Temporal and the database, for operators."""

    card: Card | None
    confirmed: Mark | None
    unrecorded: int
    due: Instant | None
    draining: bool
    commands: int


# --- to and from the workers ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """Events to be recorded, with the card as the last of them left it.

    Attributes:
        after: The place in the history that they follow.
    """

    card: Card
    after: Mark
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherRequest:
    """Facts are wanted for a command that the card gives itself at this moment.

    Attributes:
        besides: What deciding has shown to be needed beyond what was foreseen.
    """

    card: Card
    command: Command
    at: Instant
    besides: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCard:
    """A card as the database holds it."""

    card: Card
    definition: PinnedDefinition
    recorded: Mark
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRequest:
    """People are to be told of an event of a card, for the effect of that id."""

    id: str
    card: str
    sequence: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateRequest:
    """The delegate of a person who is away is to be told of a card's request that waits.

    Attributes:
        sequence: The card's version when the leave began.
    """

    card: str
    sequence: int
    person: UserId
    delegate: UserId


# --- deliveries -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Everything that goes from one card to one endpoint, in order."""

    endpoint: str
    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEnd:
    """How a delivery ended, or that it waits for its endpoint to be resumed.

    Attributes:
        reason: Why it was given up.
        revived: The endpoint, if this is the first that arrived there after failures.
        values: What of the answer is to be written to the card's fields.
    """

    state: Literal["sent", "failed", "held"]
    reason: str = ""
    revived: str | None = None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What the card is told of a delivery that has ended."""

    delivery: str
    reason: str
    values: Values
