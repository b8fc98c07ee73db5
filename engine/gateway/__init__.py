"""The one way in for commands: facts, intent, update, record. Every caller comes through here."""

from engine.gateway.cards import Cards
from engine.gateway.definitions import Definitions, Published
from engine.gateway.gateway import RETIRED, Gateway
from engine.gateway.outcomes import (
    Accepted,
    EngineFault,
    EngineUnavailable,
    GatewayError,
    KeyReused,
    NoSuchCard,
    NoSuchPipe,
    Outcome,
    Rejected,
)
from engine.gateway.timekeeping import utc_now

__all__ = [
    "RETIRED",
    "Accepted",
    "Cards",
    "Definitions",
    "EngineFault",
    "EngineUnavailable",
    "Gateway",
    "GatewayError",
    "KeyReused",
    "NoSuchCard",
    "NoSuchPipe",
    "Outcome",
    "Published",
    "Rejected",
    "utc_now",
]
