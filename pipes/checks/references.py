"""Ids that stand twice, and names of what does not exist."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from pipes.actions import Assign, TakeTransition
from pipes.checks.places import actions, addresses, clocks, forms
from pipes.definition import AnyOf, Definition, Form
from pipes.fields.field import ChoiceOptions, Field, PeopleOptions, TableOptions
from pipes.findings import Finding, FindingCode, report

_RESERVED: Mapping[str, str] = {
    "start": "what the start form is called",
    "stay": "where `on_reject` leaves a card",
}


def check_references(definition: Definition) -> Iterator[Finding]:
    """Everything that names something."""
    yield from _ids_of_phases_and_ways(definition)
    yield from _options(definition)
    yield from _phases_named(definition)
    yield from _transitions_named(definition)
    yield from _fields_named(definition)
    yield from _teams_named(definition)
    yield from _calendars_named(definition)
    for place, form in forms(definition):
        yield from _form(definition, place, form)


def _ids_of_phases_and_ways(definition: Definition) -> Iterator[Finding]:
    yield from _twice("/phases", "id", [phase.id for phase in definition.phases])
    for index, phase in enumerate(definition.phases):
        if phase.id in _RESERVED:
            message = f"“{phase.id}” cannot be a phase: it is {_RESERVED[phase.id]}."
            yield report(FindingCode.RESERVED_ID, f"/phases/{index}/id", message)
    yield from _twice("/transitions", "id", [way.id for way in definition.transitions])
    yield from _twice("/automations", "id", [each.id for each in definition.automations])
    for index, way in enumerate(definition.transitions):
        if way.approval is not None:
            place = f"/transitions/{index}/approval/stages"
            yield from _twice(place, "id", [stage.id for stage in way.approval.stages])


def _options(definition: Definition) -> Iterator[Finding]:
    for name, field in definition.fields.items():
        yield from _options_of(field, f"/fields/{name}")
        if isinstance(field.options, TableOptions):
            for column in field.options.columns:
                yield from _options_of(column, f"/fields/{name}/columns/{column.id}")


def _options_of(field: Field, place: str) -> Iterator[Finding]:
    if isinstance(field.options, ChoiceOptions):
        yield from _twice(f"{place}/options", "id", [each.id for each in field.options.options])


def _twice(place: str, part: str, ids: Sequence[str]) -> Iterator[Finding]:
    for index, each in enumerate(ids):
        if each in ids[:index]:
            yield report(
                FindingCode.DUPLICATE_ID, f"{place}/{index}/{part}", f"“{each}” is an id already."
            )


def unknown(code: FindingCode, place: str, what: str, name: str, known: Iterable[str]) -> Finding:
    """What is named does not exist; the message says what is near."""
    names = [str(each) for each in known]
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        message = f"There is no {what} “{name}”: did you mean “{close[0]}”?"
        return report(code, place, message, f"Write “{close[0]}”.")
    listed = ", ".join(names[:12]) or "none"
    return report(code, place, f"There is no {what} “{name}”; there are {listed}.")


def _phases_named(definition: Definition) -> Iterator[Finding]:
    known = definition.phases_by_id
    named = [("/start/phase", definition.start.phase)]
    for index, way in enumerate(definition.transitions):
        named += [(f"/transitions/{index}/from", source) for source in way.sources]
        named.append((f"/transitions/{index}/to", way.target))
        if way.approval is not None and way.approval.on_reject is not None:
            named.append((f"/transitions/{index}/approval/on_reject", way.approval.on_reject))
    for index, each in enumerate(definition.automations):
        if each.on.phase is not None:
            named.append((f"/automations/{index}/phase", each.on.phase))
    for place, phase in named:
        if phase not in known:
            yield unknown(FindingCode.UNKNOWN_PHASE, place, "phase", phase, known)


def _transitions_named(definition: Definition) -> Iterator[Finding]:
    named = [
        (f"/automations/{index}/transition", each.on.transition)
        for index, each in enumerate(definition.automations)
        if each.on.transition is not None
    ]
    named += [
        (f"{place}/move", action.transition)
        for place, action in actions(definition)
        if isinstance(action, TakeTransition)
    ]
    known = definition.transitions_by_id
    for place, transition in named:
        if transition not in known:
            yield unknown(FindingCode.UNKNOWN_TRANSITION, place, "transition", transition, known)


def _fields_named(definition: Definition) -> Iterator[Finding]:
    named = [] if definition.card.title is None else [("/card/title", definition.card.title)]
    named += [
        (f"/card/summary/{index}", field) for index, field in enumerate(definition.card.summary)
    ]
    for index, way in enumerate(definition.transitions):
        if way.approval is not None:
            place = f"/transitions/{index}/approval/reset_on_edit"
            named += [
                (f"{place}/{number}", field)
                for number, field in enumerate(way.approval.reset_on_edit)
            ]
    for index, each in enumerate(definition.automations):
        place = f"/automations/{index}/fields"
        named += [(f"{place}/{number}", field) for number, field in enumerate(each.on.fields)]
    for place, field in named:
        if field not in definition.fields:
            yield unknown(FindingCode.UNKNOWN_FIELD, place, "field", field, definition.fields)
    for place, principal in addresses(definition):
        if principal.kind != "field":
            continue
        kinds = {str(name): field.kind for name, field in definition.fields.items()}
        kind = kinds.get(principal.name)
        if kind is None:
            yield unknown(FindingCode.UNKNOWN_FIELD, place, "field", principal.name, kinds)
        elif kind not in ("user", "users", "team"):
            message = f"“{principal.name}” holds no people: name a field of users or a team."
            yield report(FindingCode.WRONG_FIELD_TYPE, place, message)


def _teams_named(definition: Definition) -> Iterator[Finding]:
    named = [
        (f"/phases/{index}/team", str(phase.team))
        for index, phase in enumerate(definition.phases)
        if phase.team is not None
    ]
    named += [
        (f"/fields/{name}/from_team", str(field.options.from_team))
        for name, field in definition.fields.items()
        if isinstance(field.options, PeopleOptions) and field.options.from_team is not None
    ]
    named += [
        (place, principal.name)
        for place, principal in addresses(definition)
        if principal.kind in ("team", "lead")
    ]
    named += [
        (f"{place}/assign/{way}", str(team))
        for place, action in actions(definition)
        if isinstance(action, Assign)
        for way, team in (
            ("round_robin", action.round_robin),
            ("least_loaded", action.least_loaded),
        )
        if team is not None
    ]
    teams = {str(team) for team in definition.teams}
    for place, team in named:
        if team not in teams:
            yield unknown(FindingCode.UNKNOWN_TEAM, place, "team", team, sorted(teams))


def _calendars_named(definition: Definition) -> Iterator[Finding]:
    for place, sla in clocks(definition):
        for part, name in (("calendar", sla.calendar), ("quiet", sla.quiet)):
            if name is not None and name not in definition.calendars:
                yield unknown(
                    FindingCode.UNKNOWN_CALENDAR,
                    f"{place}/{part}",
                    "calendar",
                    name,
                    definition.calendars,
                )


def _form(definition: Definition, place: str, form: Form) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, entry in enumerate(form):
        names = entry.fields if isinstance(entry, AnyOf) else (entry.field,)
        for name in names:
            where = f"{place}/{index}"
            if name not in definition.fields:
                yield unknown(FindingCode.UNKNOWN_FIELD, where, "field", name, definition.fields)
                continue
            if name in seen:
                yield report(
                    FindingCode.DUPLICATE_FORM_FIELD, where, f"“{name}” is asked for twice here."
                )
            seen.add(name)
            kind = definition.fields[name].kind
            needs = isinstance(entry, AnyOf) or entry.required is not False
            if needs and kind in ("formula", "statement"):
                message = f"Nobody fills in “{name}”: it is a {kind}."
                yield report(FindingCode.REQUIRED_FORMULA, where, message, "Take “required” out.")
