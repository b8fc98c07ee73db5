"""A form of a pipe that is being written, as one of its people will see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from starlette.datastructures import FormData

from api.pages.controls import Control, Typed, make_control, read_typed
from api.pages.words import Person
from engine.core.actors import Actor, Standing, user
from engine.core.facts import Facts
from engine.core.gates import reasons_against_taking
from engine.core.rights import hidden_fields, reasons_against_creating
from engine.core.seen import data_for_rules
from engine.scenarios.cast import Cast, cast_of
from pipes.definition import Definition
from pipes.forms import START, CompiledPipe, defaults, look, missing, unanswered, work_out
from pipes.identifiers import FieldId, Instant, JsonValue, PhaseId, TeamId
from pipes.scenarios import Scenario

NOBODY = "anyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A form, or somebody to look through, as a list offers it."""

    id: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOn:
    """A button beside a phase's form; `against` says why it is not this person's."""

    label: str
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A form, looked at through somebody's eyes.

    Attributes:
        title: The form's name.
        pointer: Where in the text it is written.
        against: Why this person could not use the form at all.
        lacking: What the form still asks for.
    """

    forms: tuple[Choice, ...]
    people: tuple[Choice, ...]
    title: str
    pointer: str
    button: str
    controls: tuple[Control, ...]
    against: tuple[str, ...]
    lacking: tuple[str, ...]
    ways: tuple[WayOn, ...]


def preview(pipe: CompiledPipe, form: str, through: str, typed: FormData, at: Instant) -> Preview:
    """The form of a phase, or of the start; what is asked for in vain is the first there is."""
    definition = pipe.definition
    cast = cast_of(definition, Scenario(name="", at=at, steps=()))
    names = _people(definition, cast)
    through = through if through in names else next(iter(names))
    standing = cast.people.get(through)
    shown = PhaseId(form) if form in definition.phases_by_id else START
    controls, lacking = _controls(pipe, shown, standing, typed, at)
    index = next((i for i, each in enumerate(definition.phases) if each.id == shown), None)
    return Preview(
        forms=_forms(definition, shown),
        people=_choices(names, through),
        title=_title(definition, shown),
        pointer="/start/form" if index is None else f"/phases/{index}/form",
        button=f"Create the {definition.card.noun}" if shown == START else "",
        controls=controls,
        against=_against(definition, shown, standing),
        lacking=lacking,
        ways=tuple(
            WayOn(
                label=way.label,
                against=tuple(
                    each.message
                    for each in reasons_against_taking(
                        definition, None, way, _actor(standing), standing
                    )
                ),
            )
            for way in definition.transitions
            if shown in way.sources
        ),
    )


def _controls(
    pipe: CompiledPipe, form: str, standing: Standing | None, sent: FormData, at: Instant
) -> tuple[tuple[Control, ...], tuple[str, ...]]:
    compiled = pipe.forms[PhaseId(form)]
    typed = read_typed([field for _, field in compiled.entries], sent)
    facts = Facts(as_of=at, today=at.astimezone(UTC).date(), actor=standing)
    values: Mapping[FieldId, JsonValue] = typed.values
    begun = defaults(compiled, data_for_rules(pipe, None, facts, values)) | dict(values)
    worked_out = work_out(pipe, begun, data_for_rules(pipe, None, facts, begun))
    shape = look(pipe, compiled, data_for_rules(pipe, None, facts, worked_out))
    hidden = hidden_fields(pipe.definition, standing, None)
    shown = [entry for entry in shape.entries if entry.field.id not in hidden]
    labels = {name: each.label for name, each in pipe.definition.fields.items()}
    lacking = [labels[name] for name in missing(shape, worked_out) if name not in hidden]
    groups = [" or ".join(labels[n] for n in group) for group in unanswered(shape, worked_out)]
    people = _somebody(pipe.definition)
    controls = tuple(
        make_control(
            entry,
            worked_out.get(entry.field.id),
            people=people,
            typed=typed if entry.field.id in typed.texts else _NOTHING,
            teams=pipe.definition.teams,
        )
        for entry in shown
    )
    return controls, (*lacking, *groups)


_NOTHING = Typed(values={}, complaints={}, texts={}, rows={})


def _somebody(definition: Definition) -> Sequence[Person]:
    """Whom fields for people offer here; on a card they offer the people of the installation."""
    teams = definition.teams.values()
    return [Person(id=f"member-{name.lower()}", name=f"Somebody of {name}") for name in teams] or [
        Person(id="somebody", name="Somebody")
    ]


def _forms(definition: Definition, shown: str) -> tuple[Choice, ...]:
    names: dict[str, str] = {START: _title(definition, START)} | {
        phase.id: phase.name for phase in definition.phases if phase.form
    }
    return _choices(names, shown)


def _title(definition: Definition, form: str) -> str:
    if form == START:
        return f"New {definition.card.noun}"
    return definition.phase(PhaseId(form)).name


def _choices(names: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(id=name, label=label, is_chosen=name == chosen) for name, label in names.items()
    )


def _people(definition: Definition, cast: Cast) -> Mapping[str, str]:
    """Those whom one can look through, by what they are: whoever sees most comes last."""
    named = {who: _called(definition, who) for who in cast.people if who != "admin"}
    public = {NOBODY: "Somebody without an account"} if definition.start.public else {}
    return {"creator": "A member of the pipe"} | named | public | {"admin": "A pipe admin"}


def _called(definition: Definition, who: str) -> str:
    kind, _, name = who.partition(":")
    match kind:
        case "lead":
            return f"The lead of {definition.teams[TeamId(name)]}"
        case "member":
            return f"Somebody of {definition.teams[TeamId(name)]}"
        case "role":
            return f"Somebody with the role “{name}”"
        case _:
            return "A member of the pipe"


def _against(definition: Definition, form: str, standing: Standing | None) -> tuple[str, ...]:
    if form != START:
        return ()
    found = reasons_against_creating(definition, _actor(standing), standing)
    return tuple(each.message for each in found)


def _actor(standing: Standing | None) -> Actor:
    return Actor(kind="public", id="") if standing is None else user(standing.user)
