"""The pipes that ship, as templates to begin with."""

import json
from dataclasses import dataclass
from functools import cache

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
    found = (_template(path.stem) for path in SHIPPED.glob("*.json"))
    return tuple(sorted(found, key=lambda each: each.name))


@cache
def template_document(name: str) -> dict[str, JsonValue] | None:
    """The document of a template; None if there is none of that name."""
    if name not in {path.stem for path in SHIPPED.glob("*.json")}:
        return None
    document: dict[str, JsonValue] = json.loads((SHIPPED / f"{name}.json").read_text("utf-8"))
    return {key: value for key, value in document.items() if key != "$schema"}


def _template(name: str) -> Template:
    definition = definition_from_document(template_document(name) or {})
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
