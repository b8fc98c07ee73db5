"""How faulty definitions are made: changes to a sound one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipes.findings import FindingCode
from pipes.surroundings import Surroundings
from tests.builders import a_document, a_field

type Document = dict[str, Any]
type Change = Callable[[Document], object]

EFFORT = {"var": "fields.effort"}
HERE = Surroundings(
    pipes=frozenset(["launches"]),
    keys={"LAUNCH": "launches"},
    people=frozenset(["ana", "bo"]),
    members={"team:design": frozenset(["ana", "bo"]), "team:product": frozenset()},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: what makes it, where it is found, and what comes near to it without being one.

    Attributes:
        nearly: The change that comes near; for faults of the text the text itself.
        around: Where the definition is used, for faults that it has only there.
    """

    code: FindingCode
    pointer: str
    broken: Change | bytes
    nearly: Change | bytes
    around: Surroundings | None = None

    @property
    def broken_text(self) -> bytes:
        return _text(self.broken)

    @property
    def nearly_text(self) -> bytes:
        return _text(self.nearly)


def _text(given: Change | bytes) -> bytes:
    if isinstance(given, bytes):
        return given
    document = a_document()
    given(document)
    return json.dumps(document).encode()


def sound(document: Document | None = None) -> bytes:
    return json.dumps(document or a_document()).encode()


def with_text(written: str) -> bytes:
    """The sound document with something written into it as text, at its beginning."""
    return (f"{{{written}, " + sound().decode()[1:]).encode()


def when(rule: Any, transition: int = 0) -> Change:
    return lambda d: d["transitions"][transition].update(when=[{"if": rule, "else": "No."}])


def approval(*stages: Any, transition: int = 0, **parts: Any) -> Change:
    return lambda d: d["transitions"][transition].update(approval={"stages": list(stages), **parts})


def stage(**parts: Any) -> Document:
    return {"id": "peer", "by": ["team:design"], **parts}


def sla(**parts: Any) -> Change:
    return lambda d: d["phases"][0].update(sla={"target": "3d", **parts})


def office(**parts: Any) -> Document:
    return {"timezone": "Europe/Berlin", "hours": {"mon": ["09:00-17:00"]}, **parts}


def calendar(**parts: Any) -> Change:
    return lambda d: d.update(calendars={"office": office(**parts)})


def field(name: str, kind: str, **parts: Any) -> Change:
    """A field that is new, and listed in the form of the first phase."""
    return lambda d: (
        d["fields"].update({name: a_field(kind, name.capitalize(), **parts)}),
        d["phases"][0]["form"].append(name),
    )


def on(event: str, *actions: Any, **parts: Any) -> Document:
    return {"id": "it", "on": event, "do": list(actions), **parts}


def automations(*given: Document) -> Change:
    return lambda d: d.update(
        automations=[{**each, "id": f"a{number}"} for number, each in enumerate(given)]
    )


def both(*changes: Change) -> Change:
    return lambda d: [change(d) for change in changes]


def scenario(*steps: Any) -> Change:
    return lambda d: d.update(
        scenarios=[{"name": "Story", "at": "2026-03-02T10:00:00Z", "steps": list(steps)}]
    )


CREATED = {"create": {"fields": {"name": "A"}}}
A_LIST = {"type": "select", "label": "Tier", "options": [{"id": "gold"}, {"id": "tin"}]}


def deep(levels: int) -> Any:
    rule: Any = {"===": [EFFORT, 1]}
    for _ in range(levels):
        rule = {"!": [rule]}
    return rule


def a_fault(
    code: str,
    pointer: str,
    broken: Change | bytes,
    nearly: Change | bytes,
    around: Surroundings | None = None,
) -> Fault:
    return Fault(
        code=FindingCode[code], pointer=pointer, broken=broken, nearly=nearly, around=around
    )
