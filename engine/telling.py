"""Cards and events as JSON for whoever is told of them, without what they may not see."""

import json
from collections.abc import Mapping
from typing import Any

from engine.core.card import Card
from engine.core.events import Event
from engine.encoding import encoded_body
from pipes.identifiers import FieldId, Instant, JsonValue


def told_card(card: Card, hidden: frozenset[FieldId]) -> dict[str, JsonValue]:
    """What is told of a card."""
    return {
        "id": card.identity.id,
        "key": card.identity.key,
        "pipe": card.identity.pipe,
        "pipe_version": card.pin.version,
        "title": card.work.title,
        "status": card.life.status,
        "on_hold": card.life.hold is not None,
        "phase": card.stay.phase,
        "version": card.version,
        "priority": card.work.priority,
        "labels": list(card.work.labels),
        "fields": {name: value for name, value in card.values.items() if name not in hidden},
        "assignees": list(card.work.assignees),
        "creator": card.identity.creator.id,
        "created_at": _told_instant(card.identity.created_at),
        "updated_at": _told_instant(card.updated_at),
        "due_at": _told_instant(card.work.due),
        "finished_at": _told_instant(card.life.finished_at),
    }


def told_body(event: Event, hidden: frozenset[FieldId]) -> dict[str, Any]:
    """What an event says, without its kind."""
    body: dict[str, Any] = json.loads(encoded_body(event.body))
    del body["kind"]
    if "values" in body:
        body["values"] = _without(body["values"], hidden)
    for kept in ("dropped", "archived", "renamed"):
        if kept in body and isinstance(body[kept], dict):
            body[kept] = _without(body[kept], hidden)
    if "changes" in body:
        body["changes"] = [change for change in body["changes"] if change["field"] not in hidden]
    if event.body.kind == "approval.voided":
        body["fields"] = [name for name in body.get("fields", ()) if name not in hidden]
    if "changed" in body:
        body["changed"] = [name for name in body["changed"] if name not in hidden]
    return body


def told_webhook(card: Card, event: Event, hidden: frozenset[FieldId]) -> str:
    """The body of a webhook: the event, and the card as the event left it."""
    message = {
        "type": event.body.kind,
        "timestamp": _told_instant(event.at),
        "data": {
            "card": told_card(card, hidden),
            "event": {
                "sequence": event.sequence,
                "actor": {"kind": event.actor.kind, "id": event.actor.id},
                "body": told_body(event, hidden),
            },
        },
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _without(values: Mapping[str, JsonValue], hidden: frozenset[FieldId]) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if name not in hidden}


def _told_instant(instant: Instant | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
