"""The pipes that ship, as templates to begin with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from api.first_start import SHIPPED
from pipes.building import definition_from_document
from pipes.identifiers import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseGlance:
    """A phase at a glance."""

    name: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A shipped pipe; `counts` says what is in it."""

    id: str
    name: str
    description: str
    phases: tuple[PhaseGlance, ...]
    counts: str


@cache
def templates() -> tuple[Template, ...]:
    """All of them, by name."""
    found = (_template(name, document) for name, document in documents().items())
    return tuple(sorted(found, key=lambda each: each.name))


@cache
def documents() -> Mapping[str, Mapping[str, JsonValue]]:
    """The documents of the templates by their names."""
    return {path.stem: _document(path) for path in SHIPPED.glob("*.json")}


def _document(path: Path) -> Mapping[str, JsonValue]:
    """What is in a file; where the schema lies from there is of no use elsewhere."""
    document: Mapping[str, JsonValue] = json.loads(path.read_text("utf-8"))
    return {name: part for name, part in document.items() if name != "$schema"}


def _template(name: str, document: Mapping[str, JsonValue]) -> Template:
    definition = definition_from_document(document)
    parts = (
        (len(definition.fields), "field", "fields"),
        (len(definition.automations), "automation", "automations"),
        (len(definition.scenarios), "scenario", "scenarios"),
    )
    return Template(
        id=name,
        name=definition.name,
        description=definition.description or "",
        phases=tuple(
            PhaseGlance(name=phase.name, tone=phase.color or "gray") for phase in definition.phases
        ),
        counts=" · ".join(
            f"{count} {one if count == 1 else many}" for count, one, many in parts if count
        ),
    )
