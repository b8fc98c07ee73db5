"""What comes of a command, as its sender is told."""

from dataclasses import dataclass

from engine.core.card import Card
from engine.core.events import Event
from engine.core.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The command was carried out, now or when its key was first used.

    Attributes:
        recorded: Whether everybody's next read shows it; if not, it is safe all the same and will
            be shown once the database can be written again.
    """

    card: Card
    events: tuple[Event, ...]
    recorded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The rules say no, for all these reasons; nothing has changed. `card` is as it stands."""

    reasons: tuple[Reason, ...]
    card: Card | None


type Outcome = Accepted | Rejected


class GatewayError(Exception):
    """A command did not come to a decision."""


class KeyReused(GatewayError):
    """The idempotency key belongs to another command."""


class NoSuchCard(GatewayError):
    """There is no card of that id."""


class NoSuchPipe(GatewayError):
    """There is no pipe of that id, or it was never published."""


class EngineUnavailable(GatewayError):
    """The engine or the database could not answer in time.

    The command may yet have been carried out; the same command with the same key may be sent again
    and is carried out once.
    """


class EngineFault(GatewayError):
    """The engine failed unexpectedly on this command; it is a defect, and nothing has changed."""
