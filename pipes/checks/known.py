"""What a pipe's own rules know of the values that its names may have."""

from pipes.definition import Definition
from pipes.fields.field import (
    CheckboxOptions,
    ChoiceOptions,
    CurrencyOptions,
    Field,
    MomentOptions,
    NumberOptions,
)
from pipes.identifiers import FieldId
from pipes.rules.holding import ANYTHING, Bound, Known, Possible, a_number, one_of, point

_COUNTED = frozenset(("returns", "age_days", "days_in_phase"))


def known_of(definition: Definition) -> Known:
    """What each name of the pipe's rules may be."""
    phases = one_of([str(phase.id) for phase in definition.phases])

    def known(path: tuple[str, ...]) -> Possible:
        match path:
            case ("fields", name) if name in definition.fields:
                return _of_field(definition.fields[FieldId(name)])
            case ("card", "phase"):
                return phases
            case ("card", "priority"):
                return one_of(["low", "normal", "high", "urgent"])
            case ("card", name) if name in _COUNTED:
                return a_number(0, None, whole=name == "returns")
            case _:
                return ANYTHING

    return known


def _of_field(field: Field) -> Possible:
    match field.options:
        case NumberOptions(minimum=least, maximum=most):
            return a_number(least, most, whole=field.kind in ("integer", "rating"))
        case CurrencyOptions(minimum=least, maximum=most):
            bounds = (None if each is None else float(each) for each in (least, most))
            return a_number(*bounds, whole=False)
        case ChoiceOptions(options=options) if field.kind in ("select", "radio"):
            return one_of([str(option.id) for option in options])
        case CheckboxOptions():
            return one_of([True, False])
        case MomentOptions(not_before=before, not_after=after) if field.kind == "date":
            return Possible(
                least=_bound(before),
                most=_bound(after),
            )
        case _:
            return ANYTHING


def _bound(day: str | None) -> Bound | None:
    """A day that is written out; what is today changes."""
    at = None if day in (None, "today") else point(day)
    return None if at is None else Bound(at)
