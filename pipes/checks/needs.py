"""Fields that are needed before any form has asked for them."""

from collections.abc import Iterable, Iterator

from pipes.checks.graph import reached, turned, ways_along
from pipes.checks.known import known_of
from pipes.checks.places import written
from pipes.definition import AnyOf, Definition, Form, FormEntry, FormField
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import FieldId, PhaseId
from pipes.rules.holding import Known, can_hold, names_decided, with_phases, without_value


def check_needs(definition: Definition) -> Iterator[Finding]:
    """What forms require and conditions want that nobody can have filled in."""
    known = known_of(definition)
    offered = _offered(definition, known)
    before = _before(definition, known)
    places: list[tuple[str, Form, frozenset[FieldId]]] = [
        (f"/phases/{index}/form", phase.form, before[phase.id])
        for index, phase in enumerate(definition.phases)
    ]
    places.append(("/start/form", definition.start.form, _otherwise(definition)))
    for place, form, fields in places:
        for number, entry in enumerate(form):
            if _is_only_shown(entry) and not fields.issuperset(_named(entry)):
                name = ", ".join(
                    definition.fields[each].label for each in _known(definition, entry)
                )
                message = f"“{name}” is required here and read-only, and no form before offers it."
                yield report(FindingCode.NEVER_OFFERED, f"{place}/{number}", message)
    yield from _guards(definition, known, offered)


def _guards(
    definition: Definition, known: Known, offered: dict[PhaseId, frozenset[FieldId]]
) -> Iterator[Finding]:
    """The conditions that cannot hold as long as a field is empty which nobody was asked for."""
    for index, way in enumerate(definition.transitions):
        there = with_phases(known, map(str, way.sources))
        fields = frozenset[FieldId]().union(*(offered.get(each, ()) for each in way.sources))
        for number, guard in enumerate(way.when):
            tree = guard.rule.tree
            if not can_hold([tree], there):
                continue
            for name in dict.fromkeys(names_decided([tree])):
                if len(name) != 2 or name[0] != "fields":
                    continue
                field = FieldId(name[1])
                if field not in definition.fields:
                    continue
                if field not in fields and not can_hold([tree], without_value(there, name)):
                    label = definition.fields[field].label
                    message = f"“{way.label}” needs “{label}”, and no form before asks for it."
                    place = f"/transitions/{index}/when/{number}/if"
                    yield report(FindingCode.NEVER_ASKED, place, message)


def _offered(definition: Definition, known: Known) -> dict[PhaseId, frozenset[FieldId]]:
    """For each phase the fields that may have been filled in there, or before."""
    backwards = turned(ways_along(definition))
    here = _here(definition, known)
    begin = _otherwise(definition) | frozenset(_open(definition.start.form, known))
    return {
        phase: begin.union(*(here[before] for before in reached(backwards, [phase])))
        for phase in here
    }


def _before(definition: Definition, known: Known) -> dict[PhaseId, frozenset[FieldId]]:
    """For each phase the fields that may have been filled in before a card first leaves it."""
    onwards = ways_along(definition)
    here = _here(definition, known)
    begin = _otherwise(definition) | frozenset(_open(definition.start.form, known))
    found: dict[PhaseId, frozenset[FieldId]] = {}
    for phase in here:
        until = reached({**onwards, phase: frozenset()}, [definition.start.phase])
        found[phase] = begin.union(*(here[each] for each in until if each != phase))
    return found


def _here(definition: Definition, known: Known) -> dict[PhaseId, frozenset[FieldId]]:
    """For each phase the fields that may be filled in there."""
    return {
        phase.id: frozenset(_open(phase.form, with_phases(known, [str(phase.id)])))
        for phase in definition.phases
    }


def _open(form: Form, known: Known) -> Iterator[FieldId]:
    """The fields that somebody may fill in: shown at times, and not always read-only."""
    for entry in form:
        if isinstance(entry, AnyOf):
            yield from entry.fields
        elif entry.readonly is not True and (
            entry.when is None or can_hold([entry.when.tree], known)
        ):
            yield entry.field


def _otherwise(definition: Definition) -> frozenset[FieldId]:
    """The fields that have a value without anybody's being asked in a form."""
    listed = {name for entry in definition.start.form for name in _named(entry)}
    found = {
        name
        for name, field in definition.fields.items()
        if field.always_editable
        or field.kind == "formula"
        or (field.default is not None and name in listed)
    }
    return frozenset(found.union(written(definition)))


def _is_only_shown(entry: FormEntry) -> bool:
    return isinstance(entry, FormField) and entry.required is True and entry.readonly is True


def _named(entry: FormEntry) -> tuple[FieldId, ...]:
    return entry.fields if isinstance(entry, AnyOf) else (entry.field,)


def _known(definition: Definition, entry: FormEntry) -> Iterable[FieldId]:
    return (name for name in _named(entry) if name in definition.fields)
