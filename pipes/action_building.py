"""The actions of automations and escalation steps, from the document."""

from pipes.actions import (
    Action,
    AddLabel,
    Assign,
    Assignments,
    CallWebhook,
    CreateConnectedCard,
    Expression,
    Notify,
    RemoveLabel,
    SendEmail,
    SendRequest,
    SetDue,
    SetFields,
    SetPriority,
    TakeTransition,
    Unassign,
    UpdateConnected,
    WriteComment,
)
from pipes.document import Node
from pipes.durations import parse_duration
from pipes.fields.field import Constant
from pipes.identifiers import FieldId, PipeId, TeamId, TransitionId
from pipes.rules import OPERATORS


def build_actions(node: Node, name: str) -> tuple[Action, ...]:
    """The actions that a property lists, in order."""
    return node.each(name, _action)


def build_expression(node: Node) -> Expression:
    """A constant, or a rule: an object whose only name is an operator."""
    names = list(node.value_mapping)
    if len(names) == 1 and names[0] in OPERATORS:
        return node.as_rule()
    return Constant(value=node.value)


def _assignments(node: Node, name: str) -> Assignments:
    return {FieldId(field): build_expression(value) for field, value in node.entries(name)}


def _action(node: Node) -> Action:
    name = next(iter(node.value_mapping), "")
    inner = node.at(name)
    match name:
        case "set":
            return SetFields(fields=_assignments(node, "set"))
        case "assign":
            return _assign(inner)
        case "unassign":
            return Unassign(who=node.principals("unassign"))
        case "label":
            return AddLabel(label=node.text("label"))
        case "unlabel":
            return RemoveLabel(label=node.text("unlabel"))
        case "priority":
            return SetPriority(priority=node.one_of("priority", "normal"))
        case "due":
            if isinstance(inner.value, str):
                return SetDue(due=inner.parsed(parse_duration))
            return SetDue(due=inner.as_rule())
        case "move":
            return TakeTransition(transition=TransitionId(node.text("move")))
        case "comment":
            return WriteComment(text=node.text("comment"))
        case "create_card":
            connect = inner.optional_text("connect")
            return CreateConnectedCard(
                pipe=PipeId(inner.text("pipe")),
                fields=_assignments(inner, "fields"),
                connect=FieldId(connect) if connect else None,
            )
        case "update_connected":
            return UpdateConnected(
                connection=FieldId(inner.text("connection")), fields=_assignments(inner, "fields")
            )
        case "email":
            return SendEmail(
                to=inner.texts("to"),
                subject=inner.text("subject"),
                body=inner.text("body"),
                html=inner.optional_text("html"),
            )
        case "notify":
            return Notify(to=inner.principals("to"), text=inner.text("text"))
        case "webhook":
            return CallWebhook(url=inner.text("url"), secret=inner.optional_text("secret"))
        case _:
            return _request(inner)


def _assign(node: Node) -> Assign:
    turns, load = node.optional_text("round_robin"), node.optional_text("least_loaded")
    return Assign(
        to=node.principals("to"),
        round_robin=TeamId(turns) if turns else None,
        least_loaded=TeamId(load) if load else None,
    )


def _request(node: Node) -> SendRequest:
    return SendRequest(
        method=node.one_of("method", "POST"),
        url=node.text("url"),
        headers={name: str(value) for name, value in node.mapping("headers").items()},
        body=node.optional_text("body"),
        store={FieldId(name): str(value) for name, value in node.mapping("store").items()},
    )
