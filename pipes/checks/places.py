"""Where the parts of a definition stand: forms, principals and clocks with their JSON pointers."""

from collections.abc import Iterator

from pipes.definition import Definition, Form, Sla
from pipes.principals import Principal


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


def addresses(definition: Definition) -> Iterator[tuple[str, Principal]]:
    """Everybody whom the definition addresses."""
    yield from _listed("/start/by", definition.start.by)
    for name, field in definition.fields.items():
        yield from _listed(f"/fields/{name}/confidential", field.confidential)
    for place, sla in clocks(definition):
        for index, step in enumerate(sla.escalate):
            yield from _listed(f"{place}/escalate/{index}/notify", step.notify)
    for index, way in enumerate(definition.transitions):
        place = f"/transitions/{index}"
        yield from _listed(f"{place}/by", way.by)
        if way.approval is None:
            continue
        yield from _listed(f"{place}/approval/exclude", way.approval.exclude)
        for number, stage in enumerate(way.approval.stages):
            yield from _listed(f"{place}/approval/stages/{number}/by", stage.by)
            yield from _listed(f"{place}/approval/stages/{number}/escalate_to", stage.escalate_to)


def _listed(place: str, principals: tuple[Principal, ...]) -> Iterator[tuple[str, Principal]]:
    for index, principal in enumerate(principals):
        yield f"{place}/{index}", principal
