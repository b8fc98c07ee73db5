"""Values of the core as JSON and back, and the digests by which a history is recognized.

One encoding serves the workflow's messages, the database and the API's read model. Canonical JSON
of an event leaves out attributes at their default (tags stay), so that an attribute that is added
later changes no digest of what happened before.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter

from engine.core.card import Card
from engine.core.commands import Cause, Command, MigrationPlan
from engine.core.effects import EffectOrder, RunOrder
from engine.core.events import Event, Occurrence
from engine.core.facts import Facts
from engine.core.migration_words import MigrationChange
from engine.core.reasons import Reason

_CARD: TypeAdapter[Card] = TypeAdapter(Card)
_COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_BODY: TypeAdapter[Occurrence] = TypeAdapter(Occurrence)
_CHAIN: TypeAdapter[tuple[Cause, ...]] = TypeAdapter(tuple[Cause, ...])
_RUN: TypeAdapter[RunOrder] = TypeAdapter(RunOrder)
_EFFECT: TypeAdapter[EffectOrder] = TypeAdapter(EffectOrder)
_FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
_PLAN: TypeAdapter[MigrationPlan] = TypeAdapter(MigrationPlan)
_CHANGES: TypeAdapter[tuple[MigrationChange, ...]] = TypeAdapter(tuple[MigrationChange, ...])
_REASONS: TypeAdapter[tuple[Reason, ...]] = TypeAdapter(tuple[Reason, ...])

DIGEST_LENGTH = 32


def encoded_card(card: Card) -> bytes:
    """The card as JSON."""
    return _CARD.dump_json(card)


def decoded_card(encoded: bytes | str) -> Card:
    """The card that was encoded."""
    return _CARD.validate_json(encoded)


def encoded_command(command: Command) -> bytes:
    """The command as JSON."""
    return _COMMAND.dump_json(command)


def decoded_command(encoded: bytes | str) -> Command:
    """The command that was encoded."""
    return _COMMAND.validate_json(encoded)


def encoded_event(event: Event) -> bytes:
    """The event as JSON."""
    return _EVENT.dump_json(event)


def encoded_body(body: Occurrence) -> str:
    """What an event says, as canonical JSON; its kind is among it."""
    return _canonical(body)


def decoded_body(encoded: bytes | str) -> Occurrence:
    """What an event says."""
    return _BODY.validate_json(encoded)


def encoded_reasons(reasons: tuple[Reason, ...]) -> bytes:
    """Reasons as JSON."""
    return _REASONS.dump_json(reasons)


def decoded_reasons(encoded: bytes | str) -> tuple[Reason, ...]:
    """The reasons that were encoded."""
    return _REASONS.validate_json(encoded)


def encoded_plan(plan: MigrationPlan) -> str:
    """A plan for a migration, as JSON."""
    return _PLAN.dump_json(plan).decode()


def decoded_plan(encoded: bytes | str) -> MigrationPlan:
    """The plan that was encoded."""
    return _PLAN.validate_json(encoded)


def encoded_changes(changes: tuple[MigrationChange, ...]) -> str:
    """What becomes of a card, as JSON."""
    return _CHANGES.dump_json(changes).decode()


def decoded_changes(encoded: bytes | str) -> tuple[MigrationChange, ...]:
    """What becomes of a card."""
    return _CHANGES.validate_json(encoded)


def encoded_chain(chain: tuple[Cause, ...]) -> str:
    """What led to an event, as JSON."""
    return _CHAIN.dump_json(chain).decode()


def decoded_chain(encoded: bytes | str) -> tuple[Cause, ...]:
    """What led to an event."""
    return _CHAIN.validate_json(encoded)


def encoded_run(order: RunOrder) -> str:
    """An automation's order, as JSON."""
    return _RUN.dump_json(order).decode()


def decoded_run(encoded: bytes | str) -> RunOrder:
    """An automation's order."""
    return _RUN.validate_json(encoded)


def encoded_effect(order: EffectOrder) -> str:
    """What has to be done, as JSON."""
    return _EFFECT.dump_json(order).decode()


def decoded_effect(encoded: bytes | str) -> EffectOrder:
    """What has to be done."""
    return _EFFECT.validate_json(encoded)


def next_digest(before: str, event: Event) -> str:
    """The digest of a history that ends with this event, given that of what came before."""
    text = before + _canonical(event)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _canonical(value: object) -> str:
    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def plain(value: Any) -> Any:  # noqa: ANN401 -- JSON's edge
    """A value as canonical JSON has it: what is the same looks the same, as 7 and 7.0 do."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(part)
            for field in fields(value)
            if (part := getattr(value, field.name)) != _default(field) or field.name == "kind"
        }
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case _:
            return value


def _default(field: Any) -> object:  # noqa: ANN401 -- a dataclass's field of any type
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
