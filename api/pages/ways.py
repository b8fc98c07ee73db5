"""The ways on from where a card is, as buttons show them: what each still asks for, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.core.explain import Possibility
from engine.core.reasons import Reason, ReasonCode
from pipes.definition import Definition

_MOST_NAMED = 5
_FIELDS_APART = 3
_FIELDS_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way on, as buttons show it.

    Attributes:
        asks: What the move still asks for, if that is all that stands against it.
        at_once: Whether nothing has to be filled in, said or asked for before it.
        takes_comment: Whether something may be said with it.
        empty: The fields that a reason counts without naming them.
    """

    transition: str
    to: str
    label: str
    allowed: bool
    at_once: bool
    takes_comment: bool
    asks: str | None
    reasons: tuple[Reason, ...]
    empty: tuple[str, ...]
    gives_up: bool
    approval: str | None


def ways_of(definition: Definition, possibilities: Sequence[Possibility]) -> tuple[Way, ...]:
    """The ways on, those that are possible first; those that give the card up last."""
    ways = [
        Way(
            transition=way.transition,
            to=way.target,
            label=way.label,
            allowed=way.allowed and way.comment != "required",
            at_once=way.allowed and way.comment != "required" and not way.stages,
            takes_comment=way.comment == "optional",
            asks=_asks(definition, way),
            reasons=() if way.only_asks else _in_short(way.reasons),
            empty=() if way.only_asks else _counted(way.reasons),
            gives_up=definition.phase(way.target).final == "cancelled",
            approval=approval_in_words(way.stages),
        )
        for way in possibilities
    ]
    return tuple(sorted(ways, key=lambda way: (way.gives_up, not way.allowed, way.asks is None)))


def approval_in_words(stages: Sequence[str]) -> str | None:
    """The rounds of approvers that a move asks, in words."""
    return f"Asks for approval: {', then '.join(stages)}." if stages else None


def _in_short(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons with the fields that are missing in one, where they are many."""
    missing = _missing(reasons)
    if len(missing) < _FIELDS_APART:
        return reasons
    counted = _counted(reasons)
    said = (
        f"{len(counted)} needed fields are empty."
        if counted
        else f"Still needed: {', '.join(map(_named, missing))}."
    )
    others = (each for each in reasons if each.code != ReasonCode.MISSING_FIELD)
    return replace(missing[0], message=said, field=None), *others


def _counted(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    """The fields that are missing, where they are too many to be named in a line."""
    missing = _missing(reasons)
    return tuple(map(_named, missing)) if len(missing) > _FIELDS_NAMED else ()


def _missing(reasons: tuple[Reason, ...]) -> list[Reason]:
    return [each for each in reasons if each.code == ReasonCode.MISSING_FIELD]


def _named(missing: Reason) -> str:
    return missing.message.removesuffix(" is needed.")


def _asks(definition: Definition, way: Possibility) -> str | None:
    if way.reasons and not way.only_asks:
        return None
    asked = [definition.fields[name].label for name in way.missing]
    if len(asked) > _MOST_NAMED:
        asked = [*asked[:_MOST_NAMED], f"{len(asked) - _MOST_NAMED} more"]
    if way.comment == "required":
        asked.append("a comment")
    if not asked:
        return None
    listed = f"{', '.join(asked[:-1])} and {asked[-1]}" if asked[1:] else asked[0]
    return f"Still asks for {listed}."
