"""What actions write, and where to: fields that exist, values that fit, cards of the right pipe."""

from collections.abc import Iterator

from pipes.actions import (
    Action,
    Assignments,
    CreateConnectedCard,
    SendRequest,
    SetDue,
    SetFields,
    UpdateConnected,
)
from pipes.checks.fields import check_worth
from pipes.checks.places import actions
from pipes.checks.references import unknown
from pipes.definition import Definition
from pipes.fields.field import ConnectionOptions
from pipes.findings import Finding, FindingCode, of_fault, report
from pipes.identifiers import FieldId, PipeId
from pipes.rules import Rule, check_types
from pipes.rules.types import DATE, DATETIME, NULL, Record
from pipes.scope import scope_of


def check_actions(definition: Definition) -> Iterator[Finding]:
    """What is wrong with what automations and escalations do."""
    check = _ActionCheck(definition)
    for place, action in actions(definition):
        yield from check.action(place, action)
    for index, each in enumerate(definition.automations):
        if each.on.connection is not None:
            yield from check.connection(f"/automations/{index}/connection", each.on.connection)


class _ActionCheck:
    """Judges the actions of a definition."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._scope: Record = scope_of(definition)

    def action(self, place: str, action: Action) -> Iterator[Finding]:
        """One action; what it names besides fields is judged with the other references."""
        match action:
            case SetFields(fields=fields):
                yield from self._written(f"{place}/set", fields)
            case SetDue(due=Rule() as rule):
                yield from self._due(rule)
            case CreateConnectedCard():
                yield from self._created(f"{place}/create_card", action)
            case UpdateConnected(connection=name, fields=fields):
                yield from self.connection(f"{place}/update_connected/connection", name)
                yield from self._over_there(
                    f"{place}/update_connected/fields", fields, self._pipe_behind(name)
                )
            case SendRequest(store=store):
                for name in store:
                    yield from self._target(f"{place}/http/store/{name}", name)
            case _:
                return

    def connection(self, place: str, name: FieldId) -> Iterator[Finding]:
        """A field that has to be a connection."""
        field = self._definition.fields.get(name)
        if field is None:
            yield unknown(FindingCode.UNKNOWN_FIELD, place, "field", name, self._definition.fields)
        elif not isinstance(field.options, ConnectionOptions):
            message = f"“{name}” connects no cards: name a field of the type connection."
            yield report(FindingCode.WRONG_FIELD_TYPE, place, message)

    def _created(self, place: str, action: CreateConnectedCard) -> Iterator[Finding]:
        yield from self._over_there(f"{place}/fields", action.fields, action.pipe)
        if action.connect is None:
            return
        yield from self.connection(f"{place}/connect", action.connect)
        pipe = self._pipe_behind(action.connect)
        if pipe is not None and pipe != action.pipe:
            message = f"“{action.connect}” connects cards of “{pipe}”, and this is “{action.pipe}”."
            yield report(FindingCode.WRONG_FIELD_TYPE, f"{place}/connect", message)

    def _pipe_behind(self, name: FieldId) -> PipeId | None:
        field = self._definition.fields.get(name)
        options = field.options if field is not None else None
        return options.pipe if isinstance(options, ConnectionOptions) else None

    def _over_there(
        self, place: str, fields: Assignments, pipe: PipeId | None
    ) -> Iterator[Finding]:
        """What is written to cards of a pipe; the fields of another than this are not known."""
        if pipe == self._definition.id:
            yield from self._written(place, fields)
            return
        for expression in fields.values():
            if isinstance(expression, Rule):
                yield from map(of_fault, check_types(expression.tree, self._scope).faults)

    def _written(self, place: str, fields: Assignments) -> Iterator[Finding]:
        for name, expression in fields.items():
            where = f"{place}/{name}"
            yield from self._target(where, name)
            field = self._definition.fields.get(name)
            if field is not None and field.kind not in ("formula", "statement"):
                yield from check_worth(field, expression, where, self._scope, FindingCode.BAD_VALUE)

    def _target(self, place: str, name: FieldId) -> Iterator[Finding]:
        """A field that something is written to."""
        field = self._definition.fields.get(name)
        if field is None:
            yield unknown(FindingCode.UNKNOWN_FIELD, place, "field", name, self._definition.fields)
        elif field.kind in ("formula", "statement"):
            message = f"Nothing is written to “{name}”: it is a {field.kind}."
            yield report(FindingCode.WRONG_FIELD_TYPE, place, message)

    def _due(self, rule: Rule) -> Iterator[Finding]:
        judged = check_types(rule.tree, self._scope)
        yield from map(of_fault, judged.faults)
        if judged.type not in (None, NULL, DATE, DATETIME):
            message = "A card is due on a date or at an instant; this rule gives something else."
            yield report(FindingCode.RULE_TYPE, rule.pointer, message)
