"""A form that was turned away: which one of its page, why, and what had been typed into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from engine.core.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong, in words; `field` is what of the form it is about, where it is about one."""

    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a form was not taken; empty on a page that shows its forms for the first time.

    Attributes:
        form: Which form of the page, as its template calls it.
        typed: What had been typed, by the names of the inputs; no passwords.
    """

    form: str = ""
    complaints: tuple[Complaint, ...] = ()
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, form: str, name: str) -> tuple[str, ...]:
        """What is said at a field of a form."""
        if form != self.form:
            return ()
        return tuple(each.message for each in self.complaints if each.field == name)

    def value(self, form: str, name: str, otherwise: str = "") -> str:
        """What stands in an input: what had been typed, if this form was turned away."""
        return (self.values(form, name, (otherwise,)) or ("",))[0]

    def values(self, form: str, name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        """What is chosen in inputs of one name."""
        if form != self.form or not self.typed:
            return otherwise
        return self.typed.get(name, ())


NOT_REFUSED = Refusal()


def refusal(
    form: str, reasons: Iterable[Reason | Complaint], typed: FormData | None = None
) -> Refusal:
    """The refusal of a form for these reasons; its page shows again what had been typed."""
    return Refusal(
        form=form,
        complaints=tuple(Complaint(message=each.message, field=each.field) for each in reasons),
        typed={} if typed is None else _texts_of(typed),
    )


def in_a_line(reasons: Iterable[Reason]) -> str:
    """What stands against something that was pressed, not typed."""
    return " ".join(reason.message for reason in reasons)


def _texts_of(form: FormData) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(text for text in form.getlist(name) if isinstance(text, str)) for name in form
    }
