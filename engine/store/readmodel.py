"""From a card to the rows that boards and lists read. Pure; writing them is the log's work."""

import json
from dataclasses import dataclass

from sqlalchemy import Table

from engine.core.card import Card, Clock
from engine.core.clock_names import PIPE_CLOCK, phase_clock
from engine.core.due import acts_at
from engine.core.seen import references
from engine.encoding import encoded_card, plain
from engine.store.file_tables import card_files
from engine.store.tables import card_assignees, card_labels, card_links, card_values
from pipes.definition import Definition
from pipes.files import file_references
from pipes.forms import CompiledPipe, connections
from pipes.identifiers import FieldId, Instant, JsonValue

_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """Which values of a pipe's cards can be searched by, which a board shows, which are unique.

    Nothing confidential can be searched by: whoever may not see a value must not find its card.
    """

    indexed: tuple[FieldId, ...]
    summary: tuple[FieldId, ...]
    unique: tuple[FieldId, ...] = ()

    @classmethod
    def of(cls, definition: Definition) -> "Indexing":
        """As a definition says."""
        return cls(
            indexed=tuple(
                name
                for name, field in definition.fields.items()
                if field.index and not field.confidential
            ),
            summary=definition.card.summary,
            unique=tuple(name for name, field in definition.fields.items() if field.unique),
        )


def card_row(card: Card, digest: str, indexing: Indexing) -> dict[str, object]:
    """The card's own row."""
    phase = card.clocks.get(phase_clock(card.stay.phase))
    return {
        "id": card.identity.id,
        "key": card.identity.key,
        "pipe": card.identity.pipe,
        "pipe_version": card.pin.version,
        "version": card.version,
        "digest": digest,
        "title": card.work.title,
        "search": searched_text(card, indexing),
        "status": card.life.status,
        "open": 1 if card.life.status == "open" else 0,
        "phase": card.stay.phase,
        "on_hold": card.life.hold is not None,
        "priority": card.work.priority,
        "creator": card.identity.creator.id,
        "assignees": _json(card.work.assignees),
        "labels": _json(card.work.labels),
        "summary": _json({name: card.values.get(name) for name in indexing.summary}),
        "created_at": card.identity.created_at,
        "updated_at": card.updated_at,
        "phase_entered_at": card.stay.entered_at,
        "due_at": card.work.due,
        "finished_at": card.life.finished_at,
        "late_at": _runs_out(phase),
        "expired_at": _runs_out(card.clocks.get(PIPE_CLOCK)),
        "pending": card.pending.transition if card.pending is not None else None,
        "handoff_team": card.handoff.team if card.handoff is not None else None,
        "snapshot": encoded_card(card).decode(),
    }


def written_row(card: Card, digest: str, pipe: CompiledPipe) -> dict[str, object]:
    """The row as it is written: also with when the card acts next, which workers change."""
    return {
        **card_row(card, digest, Indexing.of(pipe.definition)),
        "acts_at": acts_at(pipe, card),
    }


def searched_text(card: Card, indexing: Indexing) -> str:
    """Everything that a text is looked for in: a line of key, title and labels, and one for each
    value that can be searched by. No word is found across two lines, as a word has none.
    """
    first = folded(f"{card.identity.key} {card.work.title} {' '.join(card.work.labels)}")
    found = {str(row["field"]): str(row["text"]) for row in value_rows(card, indexing)}
    return "\n".join([first, *(found[name] for name in sorted(found))])


def rows_beside(
    card: Card, definition: Definition
) -> tuple[tuple[Table, list[dict[str, object]]], ...]:
    """What is kept of a card in tables beside its own row."""
    return (
        (card_assignees, assignee_rows(card)),
        (card_labels, label_rows(card)),
        (card_values, value_rows(card, Indexing.of(definition))),
        (card_links, link_rows(card, definition)),
        (card_files, file_rows(card, definition)),
    )


def assignee_rows(card: Card) -> list[dict[str, object]]:
    """One row for each assignee."""
    return [{"user": user, "card": card.identity.id} for user in card.work.assignees]


def label_rows(card: Card) -> list[dict[str, object]]:
    """One row for each label."""
    return [
        {"pipe": card.identity.pipe, "label": label, "card": card.identity.id}
        for label in card.work.labels
    ]


def value_rows(card: Card, indexing: Indexing) -> list[dict[str, object]]:
    """One row for each value that can be searched by."""
    values = card.values
    return [
        {
            "card": card.identity.id,
            "pipe": card.identity.pipe,
            "field": name,
            "text": folded(_as_text(values[name]))[:_LONGEST_VALUE],
            "number": _as_number(values[name]),
        }
        for name in indexing.indexed
        if values.get(name) is not None
    ]


def link_rows(card: Card, definition: Definition) -> list[dict[str, object]]:
    """One row for each card that the card is connected to."""
    return [
        {"card": card.identity.id, "field": name, "child": child}
        for name in connections(definition)
        for child in dict.fromkeys(references(card.values.get(name)))
    ]


def file_rows(card: Card, definition: Definition) -> list[dict[str, object]]:
    """One row for each file that the card names, attached or in a field."""
    named = [each.file.id for each in card.files]
    for name, field in definition.fields.items():
        if field.kind == "attachment":
            named += [file.id for file in file_references(card.values.get(name))]
    # What is kept aside may be the card's again.
    for value in card.archived.values():
        named += [file.id for file in file_references(value)]
    return [{"file": file, "card": card.identity.id} for file in dict.fromkeys(named)]


def folded(text: str) -> str:
    """A text as it is searched: without regard to case."""
    return text.casefold()


def _runs_out(clock: Clock | None) -> Instant | None:
    if clock is None or not (clock.measures or clock.state == "breached"):
        return None
    return clock.deadline


def _as_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else _json(value)


def _as_number(value: JsonValue) -> float | None:
    match value:
        case bool():
            return None
        case int() | float():
            return float(value)
        case {"amount": str() as amount}:
            return float(amount)
        case _:
            return None


def _json(value: object) -> str:
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
