"""A place in a definition's document: a JSON value with its pointer, read as what it should be.

What cannot be read is gathered, each with its pointer, and raised together at the end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipes.durations import Duration, DurationError, parse_duration
from pipes.identifiers import JsonValue
from pipes.principals import Principal, PrincipalError, parse_principal
from pipes.rules import Rule, RuleError, RuleFault


class BuildError(ValueError):
    """Parts of a document cannot be read; `faults` says all of them."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        super().__init__(" ".join(f"{fault.pointer}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


def escaped(part: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and where it stands."""

    value: JsonValue
    pointer: str
    faults: list[RuleFault] = field(default_factory=list, compare=False, repr=False)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Raises at the end what could not be read.

        Raises:
            BuildError: With every fault.
        """
        yield
        if self.faults:
            raise BuildError(self.faults)

    @property
    def value_mapping(self) -> Mapping[str, JsonValue]:
        """The value as an object; an empty one if it is none."""
        return self.value if isinstance(self.value, Mapping) else {}

    def has(self, name: str) -> bool:
        """Whether the object has that property."""
        return name in self.value_mapping

    def at(self, name: str) -> "Node":
        """A property."""
        return Node(self.value_mapping.get(name), f"{self.pointer}/{escaped(name)}", self.faults)

    def mapping_value(self, name: str) -> JsonValue:
        """A property's value, whatever it is; null if it is not there."""
        return self.value_mapping.get(name)

    def mapping(self, name: str) -> Mapping[str, JsonValue]:
        """A property that is an object; an empty one if it is not there."""
        return self.at(name).value_mapping

    def entries(self, name: str) -> Iterator[tuple[str, "Node"]]:
        """The properties of a property that is an object."""
        inner = self.at(name)
        for key in inner.value_mapping:
            yield key, inner.at(key)

    def items(self, name: str) -> Iterator["Node"]:
        """The items of a property that is a list."""
        inner = self.at(name)
        if isinstance(inner.value, Sequence) and not isinstance(inner.value, str):
            for index, item in enumerate(inner.value):
                yield Node(item, f"{inner.pointer}/{index}", self.faults)

    def each[T](self, name: str, build: Callable[["Node"], T]) -> tuple[T, ...]:
        """What `build` makes of each item of a list."""
        return tuple(build(item) for item in self.items(name))

    def text(self, name: str) -> str:
        """A property that is a text; an empty one if it is not there."""
        value = self.mapping_value(name)
        return value if isinstance(value, str) else ""

    def optional_text(self, name: str) -> str | None:
        """A property that is a text, or nothing."""
        value = self.mapping_value(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A property that is a list of texts."""
        return tuple(str(item.value) for item in self.items(name))

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """A property that is true or false."""
        value = self.mapping_value(name)
        return value if isinstance(value, bool) else otherwise

    def number(self, name: str) -> float | None:
        """A property that is a number, or nothing."""
        value = self.mapping_value(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def count(self, name: str) -> int | None:
        """A property that is a whole number, or nothing."""
        number = self.number(name)
        return int(number) if number is not None else None

    def one_of[T: str](self, name: str, otherwise: T) -> T:
        """A property whose values the schema lists."""
        value = self.mapping_value(name)
        return value if isinstance(value, str) else otherwise  # type: ignore[return-value]  # the schema lists them

    def parsed[T](self, parse: Callable[[str], T]) -> T:
        """The value as `parse` reads it; what it refuses is gathered."""
        try:
            return parse(str(self.value))
        except (DurationError, PrincipalError) as error:
            code = "bad_duration" if isinstance(error, DurationError) else "bad_format"
            self.faults.append(RuleFault(code, self.pointer, str(error)))
            return parse(_HARMLESS[code])

    def read[T](self, name: str, parse: Callable[[str], T]) -> T:
        """A property as `parse` reads it."""
        return self.at(name).parsed(parse)

    def duration(self, name: str) -> Duration | None:
        """A property that is a duration, or nothing."""
        return self.read(name, parse_duration) if self.has(name) else None

    def principals(self, name: str) -> tuple[Principal, ...]:
        """A property that lists principals."""
        return self.each(name, lambda item: item.parsed(parse_principal))

    def as_rule(self) -> Rule:
        """The value as a rule; faults are gathered."""
        try:
            return Rule(self.value, self.pointer)
        except RuleError as error:
            self.faults.extend(error.faults)
            return Rule(None, self.pointer)

    def rule(self, name: str) -> Rule | None:
        """A property that is a rule, or nothing."""
        return self.at(name).as_rule() if self.has(name) else None

    def flag_or_rule(self, name: str) -> bool | Rule:
        """A property that is true, false or a rule."""
        value = self.mapping_value(name)
        return value if isinstance(value, bool) else self.rule(name) or False


# What is read in place of something that could not be: it is never used, as reading fails.
_HARMLESS = {"bad_duration": "0s", "bad_format": "creator"}
