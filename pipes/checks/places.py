"""Where the parts of a definition stand: its forms, clocks, actions, people, texts."""

from collections.abc import Iterator

from pipes.actions import (
    Action,
    Assign,
    CreateConnectedCard,
    Notify,
    SendEmail,
    SendRequest,
    SetFields,
    Unassign,
    WriteComment,
)
from pipes.definition import Definition, Form, Sla
from pipes.identifiers import FieldId
from pipes.principals import Principal, PrincipalError, parse_principal


def forms(definition: Definition) -> Iterator[tuple[str, Form]]:
    """Every form."""
    yield "/start/form", definition.start.form
    for index, phase in enumerate(definition.phases):
        yield f"/phases/{index}/form", phase.form


def clocks(definition: Definition) -> Iterator[tuple[str, Sla]]:
    """Every clock."""
    if definition.sla is not None:
        yield "/sla", definition.sla
    for index, phase in enumerate(definition.phases):
        if phase.sla is not None:
            yield f"/phases/{index}/sla", phase.sla


def actions(definition: Definition) -> Iterator[tuple[str, Action]]:
    """Every action, of escalation steps and of automations."""
    for place, sla in clocks(definition):
        for index, step in enumerate(sla.escalate):
            for number, action in enumerate(step.do):
                yield f"{place}/escalate/{index}/do/{number}", action
    for index, each in enumerate(definition.automations):
        for number, action in enumerate(each.do):
            yield f"/automations/{index}/do/{number}", action


def addresses(definition: Definition) -> Iterator[tuple[str, Principal]]:
    """Everybody whom the definition addresses."""
    yield from acting(definition)
    for name, field in definition.fields.items():
        yield from _listed(f"/fields/{name}/confidential", field.confidential)
    yield from told(definition)


def acting(definition: Definition) -> Iterator[tuple[str, Principal]]:
    """Those who may create, move, decide and press buttons."""
    yield from _listed("/start/by", definition.start.by)
    for index, way in enumerate(definition.transitions):
        place = f"/transitions/{index}"
        yield from _listed(f"{place}/by", way.by)
        if way.approval is None:
            continue
        yield from _listed(f"{place}/approval/exclude", way.approval.exclude)
        for number, stage in enumerate(way.approval.stages):
            yield from _listed(f"{place}/approval/stages/{number}/by", stage.by)
    for index, each in enumerate(definition.automations):
        yield from _listed(f"/automations/{index}/by", each.on.by)


def told(definition: Definition) -> Iterator[tuple[str, Principal]]:
    """Those who are told, assigned or asked when others do not answer."""
    for place, sla in clocks(definition):
        for index, step in enumerate(sla.escalate):
            yield from _listed(f"{place}/escalate/{index}/notify", step.notify)
    for index, way in enumerate(definition.transitions):
        if way.approval is not None:
            for number, stage in enumerate(way.approval.stages):
                place = f"/transitions/{index}/approval/stages/{number}/escalate_to"
                yield from _listed(place, stage.escalate_to)
    for place, action in actions(definition):
        match action:
            case Assign(to=to):
                yield from _listed(f"{place}/assign/to", to)
            case Unassign(who=who):
                yield from _listed(f"{place}/unassign", who)
            case Notify(to=to):
                yield from _listed(f"{place}/notify/to", to)
            case SendEmail(to=texts):
                yield from _written_to(f"{place}/email/to", texts)
            case _:
                continue


def _listed(place: str, principals: tuple[Principal, ...]) -> Iterator[tuple[str, Principal]]:
    for index, principal in enumerate(principals):
        yield f"{place}/{index}", principal


def _written_to(place: str, texts: tuple[str, ...]) -> Iterator[tuple[str, Principal]]:
    """The principals among those to whom an e-mail goes; the others are addresses."""
    for index, text in enumerate(texts):
        try:
            yield f"{place}/{index}", parse_principal(text)
        except PrincipalError:
            continue


def texts(definition: Definition) -> Iterator[tuple[str, str]]:
    """Every text with `{{ … }}` that actions fill in."""
    for place, action in actions(definition):
        match action:
            case WriteComment(text=text):
                yield f"{place}/comment", text
            case Notify(text=text):
                yield f"{place}/notify/text", text
            case SendEmail(to=to, subject=subject, body=body, html=html):
                yield from ((f"{place}/email/to/{index}", each) for index, each in enumerate(to))
                yield f"{place}/email/subject", subject
                yield f"{place}/email/body", body
                if html is not None:
                    yield f"{place}/email/html", html
            case SendRequest(url=url, body=body):
                yield f"{place}/http/url", url
                if body is not None:
                    yield f"{place}/http/body", body
            case _:
                continue


def written(definition: Definition) -> Iterator[FieldId]:
    """The fields that the pipe's own actions write."""
    for _, action in actions(definition):
        match action:
            case SetFields(fields=fields):
                yield from fields
            case SendRequest(store=store):
                yield from store
            case CreateConnectedCard(connect=connect) if connect is not None:
                yield connect
            case _:
                continue
