"""What a new version of a definition changes, in words, part by part.

"Design: target 5d → 3d; form asks for Sketch." What is not told by name is told as "other details".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipes.definition import AnyOf, Approval, Definition, Form, Phase, Sla, Transition
from pipes.fields.field import ChoiceOptions, Field
from pipes.identifiers import FieldId
from pipes.principals import Principal
from pipes.rules import Rule, in_words
from pipes.scope import scope_of


def differences(before: Definition, after: Definition) -> tuple[str, ...]:
    """The changes, one sentence for each part that changed; empty if nothing did."""
    return tuple(f"{part}: {'; '.join(told)}." for part, told in _parts(before, after) if told)


def _parts(before: Definition, after: Definition) -> Iterator[tuple[str, list[str]]]:
    yield "Pipe", [*_pipe(before, after)]
    yield from _named("Field", before.fields, after.fields, lambda field: field.label, _field)
    yield "Start form", [*_form(after, before.start.form, after.start.form)]
    yield from _named(
        "Phase",
        before.phases_by_id,
        after.phases_by_id,
        lambda phase: phase.name,
        lambda old, new: _phase(after, old, new),
    )
    yield from _named(
        "Way",
        before.transitions_by_id,
        after.transitions_by_id,
        lambda way: way.label,
        lambda old, new: _way(after, old, new),
    )
    yield from _named(
        "Calendar", before.calendars, after.calendars, lambda _: "", lambda _old, _new: []
    )
    yield "Automations", [*_whole(before.automations, after.automations, "changed")]
    yield "Scenarios", [*_whole(before.scenarios, after.scenarios, "changed")]


def _named[K: str, V](
    kind: str,
    before: Mapping[K, V],
    after: Mapping[K, V],
    name: Callable[[V], str],
    compare: Callable[[V, V], Iterable[str]],
) -> Iterator[tuple[str, list[str]]]:
    for key, old in before.items():
        if key not in after:
            yield f"{kind} {name(old) or key}", ["removed"]
    for key, new in after.items():
        title = f"{kind} {name(new) or key}"
        if key not in before:
            yield title, ["added"]
        elif before[key] != new:
            yield title, [*compare(before[key], new)] or ["other details changed"]


def _whole(before: object, after: object, said: str) -> Iterator[str]:
    if before != after:
        yield said


def _changed(what: str, before: object, after: object) -> Iterator[str]:
    if before == after:
        return
    if before in (None, "", ()):
        yield f"{what} {after} added"
    elif after in (None, "", ()):
        yield f"{what} {before} removed"
    else:
        yield f"{what} {before} → {after}"


def _pipe(before: Definition, after: Definition) -> Iterator[str]:
    yield from _changed("name", before.name, after.name)
    yield from _whole(before.description, after.description, "description changed")
    yield from _whole(before.card, after.card, "naming of cards changed")
    yield from _changed("start phase", before.start.phase, after.start.phase)
    yield from _people("created by", before.start.by, after.start.by)
    yield from _sla(before.sla, after.sla)
    order = [phase.id for phase in after.phases if phase.id in before.phases_by_id]
    kept = [phase.id for phase in before.phases if phase.id in after.phases_by_id]
    if order != kept:
        yield "order of phases changed"


def _field(before: Field, after: Field) -> Iterator[str]:
    yield from _changed("label", before.label, after.label)
    yield from _changed("type", before.kind, after.kind)
    yield from _people("confidential to", before.confidential, after.confidential)
    if isinstance(before.options, ChoiceOptions) and isinstance(after.options, ChoiceOptions):
        old = {option.id: option.label for option in before.options.options}
        new = {option.id: option.label for option in after.options.options}
        yield from (f"option {new[each]} added" for each in new if each not in old)
        yield from (f"option {old[each]} removed" for each in old if each not in new)
    rest = replace(before, label=after.label, kind=after.kind, confidential=after.confidential)
    if rest.options != after.options and before.kind == after.kind:
        yield "limits or options changed"
    if rest.default != after.default:
        yield "default changed"


def _phase(definition: Definition, before: Phase, after: Phase) -> Iterator[str]:
    yield from _changed("name", before.name, after.name)
    yield from _changed("team", before.team, after.team)
    yield from _changed("end", before.final, after.final)
    yield from _form(definition, before.form, after.form)
    yield from _sla(before.sla, after.sla)
    limits = [phase.wip_limit for phase in (before, after)]
    told = [f"{limit.cards} ({limit.enforce})" if limit else None for limit in limits]
    yield from _changed("limit of cards", *told)
    if (before.handoff is None) != (after.handoff is None):
        yield f"handoff {'removed' if after.handoff is None else 'added'}"
    elif before.handoff != after.handoff:
        yield "handoff changed"


def _form(definition: Definition, before: Form, after: Form) -> Iterator[str]:
    old, new = _asked(before), _asked(after)

    def label(name: FieldId) -> str:
        field = definition.fields.get(name)
        return field.label if field else name

    yield from (f"form asks for {label(name)}" for name in new if name not in old)
    yield from (f"form asks no more for {label(name)}" for name in old if name not in new)
    for name in new:
        if name in old and old[name] != new[name]:
            yield f"{label(name)} is {new[name]} now"
    kept = [entry for entry in old if entry in new]
    if before != after and kept == [*new] and {**old} == {**new}:
        yield "conditions of the form changed"


def _asked(form: Form) -> dict[FieldId, str]:
    found: dict[FieldId, str] = {}
    for entry in form:
        if isinstance(entry, AnyOf):
            found |= dict.fromkeys(entry.fields, "one of several")
        elif isinstance(entry.required, Rule):
            found[entry.field] = "needed at times"
        else:
            found[entry.field] = "needed" if entry.required else "optional"
    return found


def _sla(before: Sla | None, after: Sla | None) -> Iterator[str]:
    yield from _changed("target", _targets(before), _targets(after))
    if before is not None and after is not None:
        yield from _changed("calendar", before.calendar, after.calendar)
        if replace(before, target=after.target, calendar=after.calendar) != after:
            yield "warnings or escalation changed"


def _targets(sla: Sla | None) -> str:
    return " or ".join(str(case.target) for case in sla.target) if sla else ""


def _way(definition: Definition, before: Transition, after: Transition) -> Iterator[str]:
    yield from _changed("label", before.label, after.label)
    yield from _changed("from", ", ".join(before.sources), ", ".join(after.sources))
    yield from _changed("to", before.target, after.target)
    yield from _people("taken by", before.by, after.by)
    yield from _conditions(definition, before, after)
    yield from _changed("comment", before.comment, after.comment)
    yield from _changed("after", before.after, after.after)
    if before.automatic != after.automatic:
        yield "happens by itself now" if after.automatic else "does not happen by itself any more"
    yield from _approval(before.approval, after.approval)


def _conditions(definition: Definition, before: Transition, after: Transition) -> Iterator[str]:
    scope = scope_of(definition)
    old = [in_words(guard.rule.tree, scope) for guard in before.when]
    new = [in_words(guard.rule.tree, scope) for guard in after.when]
    yield from (f"condition added: {each}" for each in new if each not in old)
    yield from (f"condition removed: {each}" for each in old if each not in new)
    if old == new and before.when != after.when:
        yield "words of a condition changed"


def _approval(before: Approval | None, after: Approval | None) -> Iterator[str]:
    old = {stage.id: stage for stage in before.stages} if before else {}
    new = {stage.id: stage for stage in after.stages} if after else {}
    yield from (f"approval by {new[each].name} added" for each in new if each not in old)
    yield from (f"approval by {old[each].name} removed" for each in old if each not in new)
    for each, stage in new.items():
        if each in old and old[each] != stage:
            yield f"approval by {stage.name} changed"
    if before is not None and after is not None and (replace(before, stages=after.stages) != after):
        yield "rules of the approval changed"


def _people(what: str, before: Sequence[Principal], after: Sequence[Principal]) -> Iterator[str]:
    yield from _changed(what, ", ".join(map(str, before)), ", ".join(map(str, after)))
