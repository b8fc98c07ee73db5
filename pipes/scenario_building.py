"""Scenarios, from the document."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

from pipes.document import Node
from pipes.durations import parse_duration
from pipes.identifiers import AutomationId, CalendarName, FieldId, Instant, JsonValue
from pipes.rules import RuleFault
from pipes.scenarios import Act, Deed, Expect, Scenario, SetChild, Step, Wait, WaitFor

# `comment` comes last: it may also stand beside the others.
_DEEDS: tuple[Deed, ...] = tuple(
    sorted(get_args(Deed.__value__), key=lambda deed: bool(deed == "comment"))
)
# What is written with these stands beside them.
_COMMENTED = frozenset(("move", "approve", "reject", "reopen"))


def build_scenarios(root: Node) -> tuple[Scenario, ...]:
    """The scenarios of a document, in order."""
    return root.each("scenarios", _scenario)


def _scenario(node: Node) -> Scenario:
    return Scenario(
        name=node.text("name"), at=_instant(node.at("at")), steps=node.each("steps", _step)
    )


def _instant(node: Node) -> Instant:
    try:
        instant = datetime.fromisoformat(str(node.value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        message = f"“{node.value}” is no instant: write it as 2026-03-02T10:00:00-03:00."
        node.faults.append(RuleFault("bad_instant", node.pointer, message))
        return datetime(1970, 1, 1, tzinfo=UTC)
    return instant.astimezone(UTC)


def _step(node: Node) -> Step:
    if node.has("wait"):
        calendar = node.optional_text("calendar")
        return Wait(
            length=node.read("wait", parse_duration),
            calendar=CalendarName(calendar) if calendar else None,
        )
    if node.has("wait_for"):
        return WaitFor(automation=AutomationId(node.text("wait_for")))
    if node.has("expect"):
        return Expect(facts=dict(node.mapping("expect")))
    if node.has("set_child"):
        return _child(node.at("set_child"))
    return _act(node, next(deed for deed in _DEEDS if node.has(deed)))


def _child(node: Node) -> SetChild:
    return SetChild(
        connection=FieldId(node.text("connection")),
        key=node.text("key"),
        phase=node.optional_text("phase"),
        status=node.optional_text("status") or "open",
        fields=dict(node.mapping("fields")),
    )


def _act(node: Node, deed: Deed) -> Act:
    inner = node.at(deed)
    said = inner.value_mapping
    fields = said.get("fields", said) if deed in ("create", "edit") else node.mapping("fields")
    who = node.optional_text("as") or inner.optional_text("as") or "creator"
    return Act(
        deed=deed,
        who=who,
        object=_objects(inner.value),
        fields=(
            {FieldId(name): value for name, value in fields.items() if name != "as"}
            if isinstance(fields, dict)
            else {}
        ),
        text=node.optional_text("comment") if deed in _COMMENTED else _text(inner.value),
        is_all_ticked=inner.value is True,
        expect_rejected=node.texts("expect_rejected") if node.has("expect_rejected") else None,
    )


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _objects(value: JsonValue) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(str(item) for item in value)
    return ()
